// Spots: places marked on a picture. The list beside it holds the answer; the picture shows it, and takes it as well.

import { choices } from "./choices.js";
import { choiceOf, groupOf, made, mediumAddress, wordsOf } from "./parts.js";

/** @import { Family } from "../questions.js" */
/** @import { Thing } from "./parts.js" */

/**
 * What a slot of this family shows besides what every slot has.
 * @typedef {{rectangle?: number[], circle?: number[], polygon?: number[][]}} Shape
 * @typedef {Thing & {shape: Shape}} Spot
 * @typedef {{media: string, description: string, width: number, height: number}} Picture
 * @typedef {{stem: string, choose: "one" | "several", picture: Picture, spots: Spot[]}} Hotspot
 */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Family<Hotspot>} */
export const spots = {
  show(slot, words, place) {
    const type = slot.choose === "one" ? "radio" : "checkbox";
    const list = made("div", "choices spot-list");
    list.append(...slot.spots.map((spot) => choiceOf(type, "choice", spot)));
    const map = mapOf(slot);
    const both = made("div", "spot-answer");
    both.append(map, list);
    map.addEventListener("click", (event) => inputAt(both, event.target)?.click());
    for (const name of ["change", "focusin", "focusout", "pointerover", "pointerout"]) list.addEventListener(name, () => mirror(both));
    place.replaceChildren(groupOf(slot, slot.choose === "one" ? words.chooseSpot : words.chooseSpots, words, both));
  },

  read: choices.read,

  mark(place, answer) {
    choices.mark(place, answer);
    mirror(place);
  },

  describe(slot, answer) {
    const chosen = [answer.chosen].flat();
    return slot.spots.filter((spot) => chosen.includes(spot.id)).map((spot) => wordsOf(spot.text)).join("; ");
  },

  pick: choices.pick,
};

/** @param {Hotspot} slot @returns the picture with its spots drawn upon it; whoever cannot see it has the list */
function mapOf(slot) {
  const image = made("img");
  image.alt = slot.picture.description;
  image.width = slot.picture.width;
  image.height = slot.picture.height;
  image.src = mediumAddress(slot.picture.media);
  const drawing = drawn("svg", { viewBox: `0 0 ${slot.picture.width} ${slot.picture.height}`, "aria-hidden": "true" });
  drawing.append(...slot.spots.map(spotOf));
  const map = made("div", "spot-map");
  map.append(image, drawing);
  return map;
}

/**
 * Nothing but outlines: a picture has letters and numbers of its own, which ours would cover and contradict.
 * @param {Spot} spot
 */
function spotOf(spot) {
  const group = drawn("g", { class: "spot", "data-spot": spot.id });
  const name = drawn("title", {});
  name.textContent = wordsOf(spot.text);
  group.append(name, outlineOf(spot.shape, "spot-halo"), outlineOf(spot.shape, "spot-line"));
  return group;
}

/** @param {Shape} shape @param {string} className */
function outlineOf(shape, className) {
  if (shape.circle) {
    const [cx, cy, r] = shape.circle;
    return drawn("circle", { cx, cy, r, class: className });
  }
  return drawn("polygon", { points: cornersOf(shape).join(" "), class: className });
}

/** @param {Shape} shape @returns {number[][]} */
function cornersOf({ rectangle, polygon }) {
  if (!rectangle) return polygon ?? [];
  const [left, top, right, bottom] = rectangle;
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** Show on the picture what is chosen in the list, and where the keyboard or the mouse is. @param {HTMLElement} place */
function mirror(place) {
  for (const spot of place.querySelectorAll(".spot")) {
    const input = inputAt(place, spot);
    spot.setAttribute("data-chosen", String(input?.checked));
    spot.setAttribute("data-focused", String(input?.matches(":focus-visible, label:hover *")));
  }
}

/** @param {HTMLElement} place @param {unknown} target @returns the input of the spot that was hit */
function inputAt(place, target) {
  const id = target instanceof Element && target.closest(".spot")?.getAttribute("data-spot");
  return [...place.querySelectorAll("input")].find((input) => input.value === id);
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
export function drawn(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
