// The style sheet's colours as numbers, for scripts that draw pixel by pixel.

/** [red, green, blue] of a custom property such as "--ink", in the colours that show now. */
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe)
    .color.match(/[\d.]+/g)
    .slice(0, 3)
    .map(Number);
  probe.remove();
  return found;
}

export function css([red, green, blue]) {
  return `rgb(${red} ${green} ${blue})`;
}

/** The colour `share` of the way from one to another. */
export function between(from, to, share) {
  return from.map((value, channel) => Math.round(value + share * (to[channel] - value)));
}
