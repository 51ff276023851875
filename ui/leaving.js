// Streamlit sends what stands in a box a moment after it is left, and a page that saves it is interrupted by the next
// one. A tap on a link comes before both. So a link that is tapped out of a box waits until the page was seen to work
// on what was typed last and is done, however long the server takes to begin.
(() => {
  const MOMENT_MS = 200;
  const LONGEST_MS = 10000;
  // What is written in a form is sent by its button alone.
  const BOXES = ".stTextInput input:not(.stForm *), .stTextArea textarea:not(.stForm *)";
  if (window.hackgoLeaving) return;
  window.hackgoLeaving = true;
  const now = () => performance.now();
  let found; // in a box when one came into it: nothing is sent of what is that again
  let typed = -Infinity;
  let left = -Infinity;
  let worked = -Infinity;

  function look() {
    const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
    if (state === "running") worked = now();
  }

  function follow(link, until) {
    look();
    const waits = worked < typed || now() - worked < MOMENT_MS;
    if (waits && now() < until) setTimeout(follow, MOMENT_MS / 4, link, until);
    else link.click();
  }

  new MutationObserver(look).observe(document.documentElement, {
    subtree: true,
    attributeFilter: ["data-test-script-state"],
  });
  document.addEventListener("focusin", (event) => {
    found = event.target.value;
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches(BOXES)) typed = event.target.value === found ? -Infinity : now();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches("textarea, input")) left = now();
  });
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("a[href]");
      const elsewhere = link?.target === "_blank" || event.ctrlKey || event.metaKey || event.shiftKey;
      const sent = now() - left > MOMENT_MS && worked >= typed;
      if (!link || elsewhere || !event.isTrusted || sent) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      setTimeout(follow, MOMENT_MS, link, now() + LONGEST_MS);
    },
    true,
  );
})();
