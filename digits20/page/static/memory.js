// Small settings kept in the browser from one visit to the next; without a memory the page works all the same.

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
