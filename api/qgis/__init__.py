"""Styles (QML) and the project (.qgz) for QGIS, in the colours and classes of the web map"""
