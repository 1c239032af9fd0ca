// Small settings kept in the browser between visits; the page works without them too.

export function recall(name, otherwise) {
  try {
    return localStorage.getItem(`digits20.${name}`) ?? otherwise;
  } catch {
    return otherwise; // storage switched off
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`digits20.${name}`, value);
  } catch {
    // storage full or switched off
  }
}
