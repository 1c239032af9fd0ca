// The line at the top that shows the last error until a request succeeds.

export function troubleLine(line) {
  const hide = () => {
    line.hidden = true;
  };
  const show = (error) => {
    line.textContent = error.message;
    line.hidden = false;
  };
  return { show, hide };
}
