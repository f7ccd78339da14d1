"""Real data on what is where in Mali, shipped with Sira; each folder names its sources in SOURCES.toml."""
