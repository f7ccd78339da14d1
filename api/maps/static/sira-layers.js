/* The map's layers: schematic base, coloured units, and the layers that are switched on beside them. */
(function (Sira) {
  "use strict";

  /* Bottom to top. Lines and places lie over the units but let the pointer through to them. */
  const PANES = [
    ["sira-base", 250, false],
    ["sira-units", 400, true],
    ["sira-lines", 410, false],
    ["sira-hazards", 420, true],
    ["sira-circles", 430, true],
    ["sira-places", 440, false],
  ];

  const LABEL = { height: 17, character: 8, offset: 10 };

  /** The box that a town's label takes at a zoom, in world pixels: left, top, right, bottom. */
  function labelBox(map, town, zoom) {
    const { x, y } = map.project(town.dot.getLatLng(), zoom);
    const width = LABEL.offset + LABEL.character * town.name.length;
    return [x, y - LABEL.height / 2, x + width, y + LABEL.height / 2];
  }

  const overlap = (one, other) =>
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];

  /** A point inside a polygon's largest part, near enough to its middle to carry a circle. */
  Sira.middle = function (geometry) {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const sums = parts.map(([ring]) => {
      let area = 0;
      let x = 0;
      let y = 0;
      for (let i = 0; i + 1 < ring.length; i += 1) {
        const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
        area += cross;
        x += (ring[i][0] + ring[i + 1][0]) * cross;
        y += (ring[i][1] + ring[i + 1][1]) * cross;
      }
      return { size: Math.abs(area), lat: y / (3 * area), lng: x / (3 * area) };
    });
    return sums.reduce((largest, part) => (part.size > largest.size ? part : largest));
  };

  Sira.makeLayers = function (map, source, noteFailure) {
    for (const [name, order, interactive] of PANES) {
      const pane = map.createPane(name);
      pane.style.zIndex = order;
      pane.style.pointerEvents = interactive ? "" : "none";
    }
    const drawn = {};
    let units = null;
    let unitsById = new Map();

    /* Popups fit into the map and beside the legend that lies on it. */
    function popupOptions() {
      const { x, y } = map.getSize();
      const legend = document.getElementById("sira-legend").getBoundingClientRect();
      const frame = map.getContainer().getBoundingClientRect();
      const covered = legend.top < frame.bottom && legend.left < frame.right ? legend.right - frame.left : 0;
      return {
        maxWidth: Math.min(330, x - 70),
        maxHeight: y - 70,
        autoPanPaddingTopLeft: [covered + 8, 8],
        autoPanPaddingBottomRight: [8, 8],
      };
    }

    function put(name, layer) {
      if (drawn[name]) {
        drawn[name].remove();
      }
      drawn[name] = layer;
      if (layer) {
        layer.addTo(map);
      }
    }

    function plain(pane, name, collection) {
      return L.geoJSON(collection, {
        pane,
        interactive: false,
        style: (feature) => Sira.drawing(`${name}_${feature.properties.kind}`) || Sira.drawing(name),
      });
    }

    function countries(collection) {
      const outlines = plain("sira-base", "neighbours", collection);
      for (const { properties } of collection.features.filter((feature) => feature.properties.label_lon !== null)) {
        const place = L.marker([properties.label_lat, properties.label_lon], {
          pane: "sira-base",
          interactive: false,
          keyboard: false,
          icon: L.divIcon({
            html: Sira.el("span", {}, properties[`name_${Sira.lang()}`]),
            className: "sira-country",
            iconSize: [120, 18],
          }),
        });
        outlines.addLayer(place);
      }
      return outlines;
    }

    function towns(collection) {
      const group = L.layerGroup();
      const all = collection.features
        .filter((feature) => feature.properties.kind === "town")
        .sort((one, other) => (other.properties.population || 0) - (one.properties.population || 0))
        .map((feature) => {
          const [lng, lat] = feature.geometry.coordinates;
          const dot = L.circleMarker([lat, lng], { pane: "sira-places", ...Sira.drawing("town") });
          dot.bindTooltip(() => Sira.el("span", {}, feature.properties.name), {
            permanent: true,
            direction: "right",
            offset: [4, 0],
            className: "sira-town",
            pane: "sira-places",
          });
          return { dot, name: feature.properties.name };
        });
      /* The larger town keeps its place; one whose label would run into it waits for a nearer view. */
      const refresh = () => {
        const taken = [];
        for (const town of all) {
          const box = labelBox(map, town, map.getZoom());
          if (taken.some((other) => overlap(box, other))) {
            group.removeLayer(town.dot);
          } else {
            taken.push(box);
            group.addLayer(town.dot);
          }
        }
      };
      group.on("add", () => map.on("zoomend", refresh));
      group.on("remove", () => map.off("zoomend", refresh));
      refresh();
      return group;
    }

    function circles(collection) {
      const marks = collection.features
        .filter((feature) => feature.properties.conflict_events)
        .map((feature) => {
          const unit = feature.properties;
          const mark = L.circleMarker(Sira.middle(feature.geometry), {
            pane: "sira-circles",
            radius: Sira.circleRadius(unit.conflict_events),
            ...Sira.drawing("conflict"),
          });
          return mark
            .bindTooltip(() =>
              Sira.el("span", {}, `${unit.name} – ${Sira.t("conflict_apart")} – ${Sira.number(unit.conflict_events)}`)
            )
            .bindPopup(() => Sira.unitPopup(unit, collection.sira), popupOptions());
        });
      return L.layerGroup(marks);
    }

    function incidents(collection) {
      const group = L.markerClusterGroup({
        maxZoom: 12,
        showCoverageOnHover: false,
        iconCreateFunction: (cluster) =>
          L.divIcon({
            html: Sira.el("span", {}, Sira.number(cluster.getChildCount())),
            className: "sira-cluster",
            iconSize: [34, 34],
          }),
      });
      for (const feature of collection.features.filter((candidate) => candidate.geometry)) {
        const [lng, lat] = feature.geometry.coordinates;
        const mark = L.circleMarker([lat, lng], Sira.drawing("incident"));
        mark.bindPopup(() => Sira.incidentPopup(feature.properties, collection.sira), popupOptions());
        mark.bindTooltip(() => Sira.el("span", {}, Sira.word("hazard", feature.properties.hazard_type)));
        group.addLayer(mark);
      }
      return group;
    }

    function hazards(collection) {
      return L.geoJSON(collection, {
        pane: "sira-hazards",
        style: (feature) => Sira.drawing(`hazard_${feature.properties.status}`) || Sira.drawing("hazard"),
        onEachFeature: (feature, layer) => layer.bindPopup(() => Sira.hazardPopup(feature.properties), popupOptions()),
      });
    }

    const BUILDERS = {
      neighbours: () => source.base("neighbours").then(countries),
      rivers: () => source.base("rivers").then((data) => plain("sira-lines", "rivers", data)),
      roads: (choice) => source.layer("roads", choice).then((data) => plain("sira-lines", "roads", data)),
      places: (choice) => source.layer("places", choice).then(towns),
      conflict: async () => circles(units),
      incidents: (choice) => source.layer("incidents", choice).then(incidents),
      hazards: (choice) => source.layer("hazards", choice).then(hazards),
    };

    /* Leaflet lets the keyboard reach each unit and open its popup; this says what it is. */
    function describe(path, unit) {
      path.setAttribute("tabindex", "0");
      path.setAttribute("role", "button");
      path.setAttribute("aria-label", Sira.unitSummary(unit));
    }

    function drawUnits(collection) {
      units = collection;
      unitsById = new Map();
      put(
        "units",
        L.geoJSON(collection, {
          pane: "sira-units",
          style: Sira.unitStyle,
          onEachFeature(feature, layer) {
            const unit = feature.properties;
            unitsById.set(feature.id, layer);
            layer.bindTooltip(() => Sira.el("span", {}, Sira.unitSummary(unit)), { sticky: true });
            layer.bindPopup(() => Sira.unitPopup(unit, collection.sira), popupOptions());
            layer.on("add", () => describe(layer.getElement(), unit));
            layer.on("mouseover", () => layer.setStyle({ weight: 2.5 }).bringToFront());
            layer.on("mouseout", () => layer.setStyle({ weight: 0.8 }));
          },
        })
      );
    }

    return {
      drawUnits,
      units: () => units,
      /** Switch the layer `name` on or off; a failure is told once and leaves the layer off. */
      async show(name, on, choice) {
        if (!on) {
          put(name, null);
          return true;
        }
        try {
          put(name, await BUILDERS[name](choice));
          return true;
        } catch (error) {
          noteFailure(error);
          return false;
        }
      },
      /** Open the popup of a unit, in view. */
      open(unitId) {
        const layer = unitsById.get(unitId);
        map.fitBounds(layer.getBounds(), { maxZoom: 7, animate: false });
        layer.openPopup(layer.getBounds().getCenter());
      },
    };
  };
})((window.Sira = window.Sira || {}));
