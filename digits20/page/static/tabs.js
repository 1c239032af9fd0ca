// The tabs: arrow keys, Home and End move between them; the address holds the open one (#upload).

/** Makes the tabs of `list` work; opened(id) is called with the panel's id each time one opens. */
export function makeTabs(list, opened = () => {}) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

  const open = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
    history.replaceState(null, "", `#${panelOf(chosen).id}`);
    opened(panelOf(chosen).id);
  };
  const openNamed = (id) => open(tabs.find((tab) => panelOf(tab).id === id) ?? tabs[0]);

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) open(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = tabs.at(to % tabs.length);
    tab.focus();
    open(tab);
  });
  window.addEventListener("hashchange", () => openNamed(location.hash.slice(1)));
  openNamed(location.hash.slice(1));
  return openNamed;
}
