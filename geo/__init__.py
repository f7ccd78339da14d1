"""What is where: boundaries, incidents, hazard areas, roads and rasters. Knows no model and no web."""
