"""OGC API - Features: collections, features, filters and schemas for GIS clients, and the same as pages."""
