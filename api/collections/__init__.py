"""What can be taken away: one registry that OGC API - Features, tiles, exports and the QGIS project are made from."""
