// Grids of numbers, {rows, columns, data} row by row, and what scipy.ndimage does to them. A mask is a grid of 0 and 1.

export function grid(rows, columns, data = new Float64Array(rows * columns)) {
  return { rows, columns, data };
}

/** The grid with f(value, place) in place of each value. */
export function mapped({ rows, columns, data }, f) {
  const made = grid(rows, columns);
  for (let place = 0; place < data.length; place++) made.data[place] = f(data[place], place);
  return made;
}

export function mask({ rows, columns, data }, test) {
  const made = grid(rows, columns, new Uint8Array(rows * columns));
  for (let place = 0; place < data.length; place++) made.data[place] = test(data[place], place) ? 1 : 0;
  return made;
}

export function total({ data }) {
  let sum = 0;
  for (const value of data) sum += value;
  return sum;
}

export const any = ({ data }) => data.some(Boolean);

/** The largest of many numbers. */
export const most = (values) => values.reduce((one, other) => Math.max(one, other), -Infinity);

/** Those values of a grid that lie in a mask. */
export function within({ data }, { data: inside }) {
  return data.filter((_, place) => inside[place]);
}

/** numpy.percentile, share from 0 to 1. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const next = sorted[Math.min(low + 1, sorted.length - 1)];
  return sorted[low] + (at - low) * (next - sorted[low]);
}

export const median = (values) => quantile(values, 0.5);

/** As Python rounds: halves to the even number. */
export function rounded(value) {
  const up = Math.floor(value + 0.5);
  return value + 0.5 === up && up % 2 ? up - 1 : up;
}

export const clipped = (value, low, high) => Math.min(high, Math.max(low, value));

// parts of a grid: a box is {top, left, bottom, right}, bottom and right exclusive

export const heightOf = ({ top, bottom }) => bottom - top;
export const widthOf = ({ left, right }) => right - left;
export const lengthOf = (box) => Math.max(heightOf(box), widthOf(box));

/** The box with `by` more pixels on each side, as far as the grid goes. */
export function widened({ top, left, bottom, right }, by, { rows, columns }) {
  const [low, high] = [Math.max(0, top - by), Math.max(0, left - by)];
  return { top: low, left: high, bottom: Math.min(rows, bottom + by), right: Math.min(columns, right + by) };
}

export function cut({ rows, columns, data }, { top, left, bottom, right }) {
  const box = { top, left, bottom: Math.min(rows, bottom), right: Math.min(columns, right) };
  const made = grid(heightOf(box), widthOf(box), new data.constructor(heightOf(box) * widthOf(box)));
  for (let row = 0; row < made.rows; row++) {
    const start = (row + top) * columns + left;
    made.data.set(data.subarray(start, start + made.columns), row * made.columns);
  }
  return made;
}

/** The grid in the middle of one of `rows` and `columns`, from (top, left) on; 0 around it. */
export function placed({ rows: own, columns: wide, data }, rows, columns, top, left) {
  const made = grid(rows, columns, new data.constructor(rows * columns));
  for (let row = 0; row < own; row++) {
    made.data.set(data.subarray(row * wide, (row + 1) * wide), (row + top) * columns + left);
  }
  return made;
}

export const padded = (one, by) => placed(one, one.rows + 2 * by, one.columns + 2 * by, by, by);

/** The outermost values. */
export function border({ rows, columns, data }) {
  return data.filter((_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns];
    return row === 0 || column === 0 || row === rows - 1 || column === columns - 1;
  });
}

// pieces

/** scipy.ndimage.label: {labels: a grid, count}; diagonal: whether corners join. */
export function label({ rows, columns, data }, diagonal = false) {
  const labels = grid(rows, columns, new Int32Array(rows * columns));
  let count = 0;
  for (let place = 0; place < data.length; place++) {
    if (!data[place] || labels.data[place]) continue;
    count += 1;
    labels.data[place] = count;
    const open = [place];
    while (open.length) {
      const at = open.pop();
      const [row, column] = [Math.floor(at / columns), at % columns];
      for (let r = Math.max(0, row - 1); r <= row + 1 && r < rows; r++) {
        for (let c = Math.max(0, column - 1); c <= column + 1 && c < columns; c++) {
          const next = r * columns + c;
          if (!data[next] || labels.data[next] || !(diagonal || r === row || c === column)) continue;
          labels.data[next] = count;
          open.push(next);
        }
      }
    }
  }
  return { labels, count };
}

/** The box of each label from 1 to count. */
export function boxesOf({ columns, data }, count) {
  const boxes = Array.from({ length: count }, () => ({ top: Infinity, left: Infinity, bottom: 0, right: 0 }));
  data.forEach((number, place) => {
    if (!number) return;
    const box = boxes[number - 1];
    const [row, column] = [Math.floor(place / columns), place % columns];
    box.top = Math.min(box.top, row);
    box.left = Math.min(box.left, column);
    box.bottom = Math.max(box.bottom, row + 1);
    box.right = Math.max(box.right, column + 1);
  });
  return boxes;
}

/** How many places each label from 1 to count has. */
export function areasOf({ data }, count) {
  const areas = new Float64Array(count);
  for (const number of data) if (number) areas[number - 1] += 1;
  return areas;
}

export const boxOf = (inside) => boxesOf(inside, 1)[0];

/** A mask with its holes filled: all that is not reached from outside. */
export function filled(inside) {
  const { labels } = label(mask(inside, (value) => !value));
  const outside = new Set(border(labels));
  return mask(inside, (value, place) => value || !outside.has(labels.data[place]));
}
