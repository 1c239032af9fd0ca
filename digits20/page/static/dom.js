// Makes elements. Text is inserted as text, never as markup, so no file name or label can become HTML.

/** An element with properties or attributes (`class`, `aria-label`, …), and its children: elements or texts. */
export function element(name, properties = {}, ...children) {
  return furnish(document.createElement(name), properties, children);
}

/** The same for SVG, where everything is an attribute. */
export function drawing(name, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children, true);
}

function furnish(made, properties, children, onlyAttributes = false) {
  for (const [key, value] of Object.entries(properties)) {
    if (!onlyAttributes && key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);
