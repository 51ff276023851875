// Offers what the text in the search box may become, as a listbox of the box (ARIA combobox with a list).
// Streamlit has no box that asks at every key: this one listens to the box and asks the API of the same origin.
const BOX = ".st-key-search-box input";
const PAUSE_MS = 80;

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("[role=listbox]");
  const said = parentElement.querySelector("[role=status]");
  list.setAttribute("aria-label", data.label);
  let items = [];
  let active = -1;
  let timer = 0;
  let asked = new AbortController();

  const box = () => document.querySelector(BOX);

  function prepare(input) {
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("autocomplete", "off");
    input.setAttribute("aria-expanded", String(items.length > 0));
  }

  function mark(place) {
    active = place;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === place)));
    const option = list.children[place];
    if (option) {
      option.scrollIntoView({ block: "nearest" });
      box()?.setAttribute("aria-activedescendant", option.id);
    } else {
      box()?.removeAttribute("aria-activedescendant");
    }
  }

  function option(item, place) {
    const made = document.createElement("li");
    made.id = `${list.id}-${place}`;
    made.setAttribute("role", "option");
    const kind = document.createElement("span");
    kind.className = "hg-completion-kind";
    kind.textContent = data.kinds[item.kind];
    const label = document.createElement("span");
    const isName = item.kind === "theme" || item.kind === "province";
    // The reader's own language, unless what was typed stands in the other one alone.
    const isOwn = item.label[data.language]?.toLowerCase().includes(box().value.trim().toLowerCase());
    const language = isName || isOwn ? data.language : item.language;
    label.lang = language;
    label.textContent = item.label[language] ?? Object.values(item.label)[0];
    if (item.name) label.textContent += ` (${item.name})`;
    made.append(kind, label);
    return made;
  }

  function show(found) {
    items = found;
    list.replaceChildren(...items.map(option));
    list.hidden = items.length === 0;
    said.textContent = items.length ? data.said.replace("{n}", items.length) : "";
    const input = box();
    if (input) prepare(input);
    mark(-1);
  }

  function hide() {
    clearTimeout(timer);
    asked.abort();
    if (items.length) show([]);
  }

  async function ask(text) {
    asked.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`/api/v1/completions?q=${encodeURIComponent(text)}`, { signal: asked.signal });
      const found = answer.ok ? (await answer.json()).items : [];
      if (box() === document.activeElement && box().value.trim() === text) show(found);
    } catch {
      // Nothing is offered: the next key asks again, and the search works without.
    }
  }

  function typed(event) {
    if (!event.target.matches?.(BOX)) return;
    clearTimeout(timer);
    const text = event.target.value.trim();
    if (!text || text.length > data.longest) hide();
    else timer = setTimeout(ask, PAUSE_MS, text);
  }

  function choose(place) {
    const { kind, id } = items[place];
    hide();
    // As if it were emptied by hand, so that Streamlit knows: what was typed is not what is looked for.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box(), "");
    box().dispatchEvent(new Event("input", { bubbles: true }));
    setTriggerValue("chosen", { kind, id });
  }

  function pressed(event) {
    if (!event.target.matches?.(BOX)) return;
    if (event.key === "Enter" && active < 0) hide(); // the box's own search
    if (!items.length || event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      // One more place than options: the box itself, where none is marked.
      const places = items.length + 1;
      mark(((active + 1 + steps[event.key] + places) % places) - 1);
    } else if (event.key === "Enter" && active >= 0) choose(active);
    else if (event.key === "Escape") hide();
    else {
      if (event.key === "Tab") hide();
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // Streamlit would search for what was typed
  }

  const left = (event) => event.target.matches?.(BOX) && hide();
  const came = (event) => event.target.matches?.(BOX) && prepare(event.target);
  const touched = (event) => event.preventDefault(); // the box keeps the focus
  const clicked = (event) => {
    const place = [...list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) choose(place);
  };

  const heard = [
    [document, "input", typed],
    [document, "keydown", pressed],
    [document, "focusin", came],
    [document, "focusout", left],
    [list, "mousedown", touched],
    [list, "click", clicked],
  ];
  for (const [where, what, then] of heard) where.addEventListener(what, then, true);
  if (box()) prepare(box());
  return () => {
    hide();
    for (const [where, what, then] of heard) where.removeEventListener(what, then, true);
  };
}
