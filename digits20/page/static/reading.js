// What a model read in a picture, of one symbol or several: the label, the confidence, and whether it is known.

import { percent, withArticle } from "./words.js";

/** model: one model's part of /look. confidence: that all symbols are right, as `digits20 predict` has it. */
export function readingOf({ reading, known, symbols, explained, labels, label }) {
  const confidence = symbols.reduce((product, symbol) => product * symbol.confidence, 1);
  const largest = Math.max(...symbols.map(areaOf)) === areaOf(symbols[explained]);
  const below = `${largest ? "the largest" : "the one chosen"}, ${withArticle(label)}`;
  return { label: reading, confidence, known, symbols, below, digits: labels.every((one) => /^\d$/.test(one)) };
}

const areaOf = ({ box: [left, top, right, bottom] }) => (right - left) * (bottom - top);

/** Whether the label is shown as a guess: below the threshold, or like nothing that was learned. */
export function doubtful({ known, confidence }, threshold) {
  return known === false || confidence < threshold;
}

/** The text beside a label. */
export function verdict(reading, threshold) {
  const { label, confidence, known, symbols, below } = reading;
  if (known === false) return `${unlike(reading)} (at best ${withArticle(label)})`; // of what it does not know no share is true
  if (confidence < threshold) return `Not sure. Perhaps ${withArticle(label)}, confidence ${percent(confidence)}`;
  const said = `confidence ${percent(confidence)}`;
  return symbols.length > 1 ? `${symbols.length} symbols, ${said}. Below: ${below}` : said;
}

function unlike({ digits, symbols }) {
  const subject = symbols.length > 1 ? "Part of this" : "This";
  return digits ? `${subject} looks like no digit I know` : `${subject} is not a label I know`;
}
