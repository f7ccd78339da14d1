/* The layers that are switched on beside the units: what lies around, roads, hazardous areas, hotspots, incidents. */
(function (Sira) {
  "use strict";

  /* Bottom to top. Lines and places lie over the units but let the pointer through to them. */
  const PANES = [
    ["sira-tiles", 200, false],
    ["sira-base", 250, false],
    ["sira-units", 400, true],
    ["sira-outline", 402, false],
    ["sira-cells", 404, false],
    ["sira-circles", 408, false],
    ["sira-lines", 410, false],
    ["sira-axes", 412, true],
    ["sira-hotspots", 415, true],
    ["sira-hazards", 420, true],
    ["sira-places", 440, false],
    ["sira-points", 450, false],
    ["sira-marks", 455, true],
    ["sira-route", 460, true],
    ["sira-tool", 470, true],
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

  /* Leaflet cuts every outline to the view after each move. Cut to a view with a wide margin, they need it only where
     the view leaves that margin: all other moves shift what is drawn. */
  const MARGIN = 0.25;

  Sira.Outlines = L.SVG.extend({
    options: { padding: MARGIN },

    _update() {
      const map = this._map;
      const [size, origin] = [map.getSize(), map.getPixelOrigin()];
      const view = L.bounds([map.containerPointToLayerPoint([0, 0]), map.containerPointToLayerPoint(size)]);
      const before = this._bounds;
      const isSame = before && this._zoom === map.getZoom() && this._size.equals(size) && this._origin.equals(origin);
      if (isSame && before.contains(view)) {
        return;
      }
      L.SVG.prototype._update.call(this);
      if (this._bounds !== before) {
        [this._size, this._origin] = [size, origin];
      }
    },
  });

  Sira.makePanes = function (map) {
    map._createRenderer = (options) => new Sira.Outlines(options);
    for (const [name, order, interactive] of PANES) {
      const pane = map.createPane(name);
      pane.style.zIndex = order;
      pane.style.pointerEvents = interactive ? "" : "none";
    }
  };

  /** Popups fit into the map, and beside what lies on it. */
  Sira.popupOptions = function (map) {
    const { x, y } = map.getSize();
    const legend = document.getElementById("sira-legend").getBoundingClientRect();
    const frame = map.getContainer().getBoundingClientRect();
    const covered = legend.top < frame.bottom && legend.left < frame.right ? legend.right - frame.left : 0;
    return {
      maxWidth: Math.min(330, x - 70),
      maxHeight: y - 70,
      autoPanPaddingTopLeft: [Math.min(covered + 8, x / 2), 8],
      autoPanPaddingBottomRight: [8, 8],
    };
  };

  /** The layers of `map`, each drawn from `source` when it is switched on. */
  Sira.makeLayers = function (map, source, settings) {
    const drawn = {};
    /* The last time that each layer was switched: what an earlier switch has asked for comes too late. */
    const turns = {};

    function put(name, layer) {
      if (drawn[name]) {
        drawn[name].remove();
      }
      drawn[name] = layer;
      if (layer) {
        layer.addTo(map);
      }
    }

    /** A layer with what its answer says of itself, for the legend. */
    const told = (collection, layer) => Object.assign(layer, { about: collection.sira });

    const plain = (name, collection) =>
      L.geoJSON(collection, {
        pane: name === "neighbours" ? "sira-base" : "sira-lines",
        interactive: false,
        style: (feature) => Sira.drawing(`${name}_${feature.properties.kind}`) || Sira.drawing(name),
      });

    const withPopups = (pane, collection, style, popup, filter) =>
      told(
        collection,
        L.geoJSON(collection, {
          pane,
          style,
          filter,
          onEachFeature: (feature, layer) => layer.bindPopup(() => popup(feature.properties, collection.sira), Sira.popupOptions(map)),
        })
      );

    function countries(collection) {
      const outlines = plain("neighbours", collection);
      for (const { properties } of collection.features.filter((feature) => feature.properties.label_lon !== null)) {
        const icon = L.divIcon({
          html: Sira.el("span", {}, properties[`name_${Sira.lang()}`]),
          className: "sira-country",
          iconSize: [120, 18],
        });
        const at = [properties.label_lat, properties.label_lon];
        outlines.addLayer(L.marker(at, { pane: "sira-base", interactive: false, keyboard: false, icon }));
      }
      return outlines;
    }

    /* Towns are squares and airstrips lie on a corner: round is what was reported. */
    function square(at) {
      const { radius, fillColor, color } = Sira.drawing("town");
      const side = 2 * radius + 1;
      const icon = L.divIcon({ className: "sira-mark-town", iconSize: [side, side] });
      const dot = L.marker(at, { pane: "sira-places", interactive: false, keyboard: false, icon });
      return dot.on("add", () => Object.assign(dot.getElement().style, { background: fillColor, borderColor: color }));
    }

    const airstrip = (at) =>
      new Sira.Mark(at, { ...Sira.drawing("airstrip"), shape: "airstrip", pane: "sira-places", interactive: false, className: "sira-mark-airstrip" });

    function named(feature, kind) {
      const [lng, lat] = feature.geometry.coordinates;
      const dot = kind === "town" ? square([lat, lng]) : airstrip([lat, lng]);
      dot.bindTooltip(() => Sira.el("span", {}, feature.properties.name), {
        permanent: true,
        direction: "right",
        offset: [4, 0],
        className: "sira-town",
        pane: "sira-places",
      });
      return { dot, name: feature.properties.name };
    }

    /* What labels of towns and of airstrips take, and how each kind is placed anew; towns come first. */
    const taken = { town: [], airstrip: [] };
    const placing = new Map();

    const placeLabels = () => ["town", "airstrip"].forEach((kind) => placing.has(kind) && placing.get(kind)());

    /* The larger town keeps its place; one whose label would run into it waits for a nearer view. An airstrip does
       without its label: it is there in any case. */
    function labelled(collection, kind) {
      const group = L.layerGroup();
      const all = collection.features
        .filter((feature) => feature.properties.kind === kind)
        .sort((one, other) => (other.properties.population || 0) - (one.properties.population || 0))
        .map((feature) => named(feature, kind));
      const place = () => {
        const before = kind === "airstrip" ? taken.town : [];
        taken[kind] = [];
        for (const town of all) {
          const box = labelBox(map, town, map.getZoom());
          const isFree = ![...before, ...taken[kind]].some((other) => overlap(box, other));
          if (isFree) {
            taken[kind].push(box);
          }
          isFree || kind === "airstrip" ? group.addLayer(town.dot) : group.removeLayer(town.dot);
          isFree ? town.dot.openTooltip() : town.dot.closeTooltip();
        }
      };
      group.on("add", () => {
        placing.set(kind, place);
        placeLabels();
        map.on("zoomend", placeLabels);
      });
      group.on("remove", () => {
        placing.delete(kind);
        taken[kind] = [];
        placeLabels();
        if (!placing.size) {
          map.off("zoomend", placeLabels);
        }
      });
      /** How many there are, and how many of them lie in view. */
      const count = () => ({ all: all.length, shown: all.filter(({ dot }) => map.getBounds().contains(dot.getLatLng())).length });
      return Object.assign(group, { count });
    }

    /* Each on a white casing: over areas in the colour of its class a road would not be seen. */
    function axes(collection) {
      const classOf = ({ properties }) => Sira.drawing(`axis_${properties.band}`);
      const style = (road) => ({ ...Sira.drawing("axis"), ...(classOf(road) || Sira.drawing("axis_unknown")) });
      const casing = L.geoJSON(collection, {
        pane: "sira-axes",
        interactive: false,
        filter: classOf,
        style: (road) => ({ ...Sira.drawing("axis_case"), weight: classOf(road).weight + settings.palette.casing_wider }),
      });
      return told(collection, L.layerGroup([casing, withPopups("sira-axes", collection, style, Sira.axisPopup)]));
    }

    /* A band of cells is one path: the hatch of what is not assessed is there, too. */
    const cells = (document) =>
      L.layerGroup(
        Object.entries(document.bands)
          .filter(([, steps]) => steps.length)
          .map(([band, steps]) =>
            L.polygon(Sira.readQuads(steps, document.scale), {
              ...Sira.drawing("cell"),
              pane: "sira-cells",
              interactive: false,
              smoothFactor: 0,
              fillColor: Sira.fillOf(band),
              className: `sira-cell-${band}`,
            })
          )
      );

    const isPattern = ({ properties }) => properties.pattern !== null && properties.pattern !== "none";

    const BUILDERS = {
      neighbours: async () => countries(await source.base("neighbours")),
      rivers: async () => plain("rivers", await source.base("rivers")),
      roads: async () => plain("roads", await source.layer("roads")),
      places: async () => labelled(await source.layer("places"), "town"),
      airstrips: async () => labelled(await source.layer("places"), "airstrip"),
      axes: async () => axes(await source.layer("axes")),
      hazards: async () => Sira.areasLayer(map, await source.layer("hazards")),
      async cells() {
        const found = await source.cells();
        return told(found, cells(found));
      },
      hotspots: async () =>
        withPopups(
          "sira-hotspots",
          await source.layer("hotspots"),
          (feature) => Sira.drawing(`hotspot_${feature.properties.pattern}`),
          Sira.hotspotPopup,
          isPattern
        ),
      async incidents() {
        const found = await source.points();
        return told(found, new Sira.PointsLayer(Sira.readPoints(found)));
      },
      conflict: async () => L.layerGroup(),
      online: async () => {
        const { url, credit } = settings.background;
        return L.tileLayer(url, { pane: "sira-tiles", maxZoom: 13, attribution: "", referrerPolicy: "origin", alt: credit });
      },
    };

    return {
      about: (name) => drawn[name] && drawn[name].about,
      layer: (name) => drawn[name],
      isOn: (name) => Boolean(drawn[name]),
      /** Switch a layer on (drawing it anew) or off; one that cannot be had is off. */
      async show(name, on) {
        turns[name] = (turns[name] || 0) + 1;
        const mine = turns[name];
        try {
          const layer = on ? await BUILDERS[name]() : null;
          if (mine === turns[name]) {
            put(name, layer);
          }
        } catch (error) {
          if (mine === turns[name]) {
            put(name, null);
            throw error;
          }
        }
      },
      /** Draw the conflict events of the units as they are counted now. */
      drawConflict(units, middle) {
        if (!drawn.conflict) {
          return;
        }
        drawn.conflict.clearLayers();
        for (const unit of units.filter((each) => each.conflict_events)) {
          const mark = L.circleMarker(middle(unit.id), {
            pane: "sira-circles",
            interactive: false,
            radius: Sira.conflictRadius(unit.conflict_events),
            ...Sira.drawing("conflict"),
          });
          drawn.conflict.addLayer(mark);
        }
      },
      points: () => drawn.incidents,
      tiles: () => drawn.online,
    };
  };
})((window.Sira = window.Sira || {}));
