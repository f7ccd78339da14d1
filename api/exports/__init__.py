"""What leaves as a file, and for whom: collections of the registry as layers, in each format, by any way out"""
