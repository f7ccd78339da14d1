/* The unit that the reader has picked: on the map, in the list and in the panel. */
import { byId } from "../base/dom.js";
import { showStatus } from "../base/status.js";
import { monthsOf } from "../data/counts.js";
import { loadRisk } from "../data/http.js";
import { drawPanel } from "../panels/panel.js";

/** Whether the page is on a small screen, where the panel lies over the map. */
export const isSmall = () => window.matchMedia("(width <= 700px)").matches;

export class UnitPanel {
  constructor(page) {
    this.page = page;
    this.node = byId("sira-panel");
  }

  /** What was counted in a unit month by month; null where that is not what is shown. */
  series(id) {
    const { drawn, tally } = this.page;
    const { document: told } = tally;
    const months = monthsOf(told, drawn);
    return months && drawn.period === ""
      ? { values: tally.series(id, 0, told.length), start: told.first, trend: tally.trend(id), ...months }
      : null;
  }

  /** Write the panel anew, where it is open. */
  draw() {
    const { choice, counted, units } = this.page;
    const unit = choice.unit && counted && units.unit(choice.unit);
    if (unit && !this.node.hidden) {
      drawPanel(byId("sira-panel-body"), unit, { ...this.page.view(), series: this.series(unit.id) });
    }
  }

  /** Open or close the panel as the choice has it; the forecast comes when it is there. */
  async show(takeFocus) {
    const { choice, map, units } = this.page;
    const unit = choice.unit && units.unit(choice.unit);
    units.select(unit ? choice.unit : "");
    const wasHidden = this.node.hidden;
    this.node.hidden = !unit;
    if (wasHidden !== !unit) {
      map.invalidateSize({ animate: false }); // what was in the middle stays there
    }
    if (!unit) {
      return;
    }
    this.draw();
    if (wasHidden && isSmall()) {
      /* The panel lies over the lower half of a small screen: the map goes to the upper one. */
      map.getContainer().scrollIntoView({ block: "start" });
      map.panTo(units.middle(unit.id), { animate: false });
    }
    if (takeFocus) {
      this.node.focus();
    }
    await this.expect();
  }

  /** Have the forecast that stands in the panel, where it is not here yet. */
  async expect() {
    const { page } = this;
    if (page.risk.about) {
      return;
    }
    const mine = page.turn;
    const expected = await loadRisk(page.source, page.drawn);
    if (mine === page.turn) {
      page.risk = expected;
      page.count();
      if (page.drawn.measure === "expected") {
        showStatus(page.risk.failure || "");
      }
    }
  }

  /** The unit whose panel is open is of the choice and of what is drawn alike. */
  turnTo(id) {
    const { page } = this;
    page.choice = { ...page.choice, unit: id };
    page.drawn = page.drawn && { ...page.drawn, unit: id };
    byId("sira-unit").value = id;
    page.remember();
  }

  /** Open the panel of a unit, unless a click on the map means something else now. */
  pick(id, takeFocus = false) {
    const { measure, routes } = this.page;
    if (measure.isOn() || routes.isPicking()) {
      return;
    }
    this.turnTo(id);
    this.node.scrollTop = 0;
    this.show(takeFocus);
  }

  /** Close the panel; the keyboard goes back to the unit on the map where it was in the panel. */
  close(giveFocus = true) {
    const before = this.page.choice.unit;
    this.turnTo("");
    this.show(false);
    if (giveFocus) {
      this.page.units.focus(before);
    }
  }
}
