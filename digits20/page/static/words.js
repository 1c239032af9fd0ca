// Numbers and labels as the page writes them.

/** A confidence or an accuracy, 0.9876 as "98.8 %"; "> 99.9 %" and "< 0.1 %" at the ends, for nothing is certain. */
export function percent(share) {
  const rounded = (100 * share).toFixed(1);
  const said = { "100.0": "> 99.9", "0.0": "< 0.1" }[rounded] ?? rounded;
  return `${said} %`.replaceAll(" ", "\u00a0"); // never on two lines
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** "a 7", "an 8". */
export function withArticle(label) {
  return `${/^(8|11$|18$|[aefhilmnorsx]$|[aeio]\w)/i.test(String(label)) ? "an" : "a"} ${label}`;
}

export function bytes(size) {
  return size < 1e6 ? `${Math.ceil(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
