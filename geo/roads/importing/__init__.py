"""Roads of a file to a routable graph."""
