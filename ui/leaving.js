// Streamlit sends what stands in a box a moment after it is left, and a page that saves it is interrupted by the next
// one. A tap on a link comes before both. So a link that is tapped out of a box waits until that is done.
(() => {
  const MOMENT_MS = 200;
  const LONGEST_MS = 3000;
  if (window.hackgoLeaving) return;
  window.hackgoLeaving = true;
  const now = () => performance.now();
  const working = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "running";
  let left = -MOMENT_MS;

  function follow(link, until) {
    if (working() && now() < until) setTimeout(follow, MOMENT_MS / 4, link, until);
    else link.click();
  }

  document.addEventListener("focusout", (event) => {
    if (event.target.matches("textarea, input")) left = now();
  });
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("a[href]");
      const elsewhere = link?.target === "_blank" || event.ctrlKey || event.metaKey || event.shiftKey;
      if (!link || elsewhere || !event.isTrusted || now() - left > MOMENT_MS) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      setTimeout(follow, MOMENT_MS, link, now() + LONGEST_MS);
    },
    true,
  );
})();
