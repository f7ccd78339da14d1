"""The Folium page: map, controls, legend and styles."""
