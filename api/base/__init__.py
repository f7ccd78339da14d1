"""Who asks, what the service holds, and how it answers: keys, access, settings, languages, problems."""
