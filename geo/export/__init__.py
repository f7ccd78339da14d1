"""Files to take away: layers with typed columns written as GeoPackage, FlatGeobuf, GeoParquet, CSV, KML, shapefile"""
