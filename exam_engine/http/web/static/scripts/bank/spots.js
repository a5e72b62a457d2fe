// Places on a picture, drawn while their numbers are written; dragging writes the numbers, which alone are the item.

import { drawn } from "../exam/kinds/spots.js";

/** @param {HTMLElement} fields what holds the form's fields, which are written anew whenever rows change */
export function drawSpots(fields) {
  fields.addEventListener("input", () => draw(fields));
  fields.addEventListener("change", ({ target }) => {
    const picked = target instanceof HTMLSelectElement && target.name === "/picture/media";
    if (picked) document.getElementById("picture-look")?.click();
  });
  new MutationObserver(() => draw(fields)).observe(fields, { childList: true });
  draw(fields);
}

/** @param {HTMLElement} fields */
function draw(fields) {
  const drawing = fields.querySelector("#spot-drawing svg");
  if (!(drawing instanceof SVGSVGElement)) return;
  const unit = Number(drawing.dataset.unit);
  const shapes = [...fields.querySelectorAll("[data-shape]")].map((shape) => /** @type {HTMLElement} */ (shape));
  drawing.replaceChildren(...shapes.flatMap((shape, index) => placeOf(shape, String(index + 1), unit, drawing)));
}

/** @param {HTMLElement} shape @param {string} number @param {number} unit @param {SVGSVGElement} drawing @returns {SVGElement[]} */
function placeOf(shape, number, unit, drawing) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...shape.querySelectorAll("input")]);
  const values = inputs.map((input) => (input.value === "" ? NaN : Number(input.value)));
  if (!values.length || values.some((value) => !Number.isFinite(value) || value < 0)) return [];
  const group = drawn("g", { class: "spot" });
  const kind = String(shape.dataset.shape);
  const [tag, attributes, middle] = outlineOf(kind, values);
  for (const name of ["spot-halo", "spot-line"]) group.append(drawn(tag, { ...attributes, class: name }));
  const text = drawn("text", { x: middle[0], y: middle[1], "font-size": unit * 0.75, class: "spot-digits" });
  text.textContent = number;
  group.append(drawn("circle", { cx: middle[0], cy: middle[1], r: unit * 0.6, class: "spot-badge" }), text);
  moved(group, drawing, inputs, (by) => inputs.map((input, index) => (kind === "circle" && index === 2 ? Number(input.value) : Number(input.value) + by[index % 2])));
  const handles = kind === "circle" ? [radiusHandle(inputs, drawing, unit)] : cornerHandles(inputs, drawing, unit);
  return [group, ...handles];
}

/** @param {string} kind @param {number[]} values @returns {[string, Record<string, string | number>, number[]]} */
function outlineOf(kind, values) {
  if (kind === "circle") {
    const [cx, cy, r] = values;
    return ["circle", { cx, cy, r }, [cx, cy]];
  }
  if (kind === "rectangle") {
    const [left, top, right, bottom] = values;
    const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
    return ["rect", { x: left, y: top, width, height }, [left + width / 2, top + height / 2]];
  }
  const points = values.flatMap((value, index) => (index % 2 ? [] : [[value, values[index + 1]]]));
  const middle = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  return ["polygon", { points: points.join(" ") }, middle];
}

/** @param {HTMLInputElement[]} inputs @param {SVGSVGElement} drawing @param {number} unit */
function cornerHandles(inputs, drawing, unit) {
  return inputs.flatMap((input, index) => {
    if (index % 2) return [];
    const pair = [input, inputs[index + 1]];
    const handle = drawn("circle", { cx: pair[0].value, cy: pair[1].value, r: unit * 0.35, class: "spot-handle" });
    moved(handle, drawing, pair, (by) => pair.map((one, axis) => Number(one.value) + by[axis]));
    return [handle];
  });
}

/** @param {HTMLInputElement[]} inputs @param {SVGSVGElement} drawing @param {number} unit */
function radiusHandle(inputs, drawing, unit) {
  const [x, y, radius] = inputs;
  const at = Number(x.value) + Number(radius.value);
  const handle = drawn("circle", { cx: at, cy: y.value, r: unit * 0.35, class: "spot-handle" });
  moved(handle, drawing, [radius], (by) => [Math.max(1, Number(radius.value) + by[0])]);
  return handle;
}

/**
 * Let something be dragged.
 * @param {SVGElement} element
 * @param {SVGSVGElement} drawing
 * @param {HTMLInputElement[]} inputs
 * @param {(by: number[]) => number[]} become the new values of the fields, moved by so many pixels across and down
 */
function moved(element, drawing, inputs, become) {
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    let from = pointAt(drawing, event);
    /** @param {PointerEvent} now */
    const follow = (now) => {
      const to = pointAt(drawing, now);
      const values = become([to[0] - from[0], to[1] - from[1]]);
      const most = [drawing.viewBox.baseVal.width, drawing.viewBox.baseVal.height];
      const fits = values.every((value, index) => value >= 0 && value <= (inputs.length === 1 ? Math.max(...most) : most[index % 2]));
      if (!fits) return;
      for (const [index, input] of inputs.entries()) input.value = String(values[index]);
      from = to;
      inputs[0].dispatchEvent(new Event("input", { bubbles: true }));
    };
    const leave = () => removeEventListener("pointermove", follow);
    addEventListener("pointermove", follow);
    addEventListener("pointerup", leave, { once: true });
    addEventListener("pointercancel", leave, { once: true });
  });
}

/** @param {SVGSVGElement} drawing @param {PointerEvent} event @returns {number[]} whole pixels of the picture */
function pointAt(drawing, event) {
  const box = drawing.getBoundingClientRect();
  const { width, height } = drawing.viewBox.baseVal;
  return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height].map(Math.round);
}
