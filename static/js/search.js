/* Looks while somebody types, and walks the results with the arrow keys. Without it the form does a plain GET. */
const input = document.querySelector("[data-find]");
const results = document.getElementById(input.dataset.results);
const WAIT_MS = 180;
let waiting;
let running;

const look = async () => {
  const query = new URLSearchParams(new FormData(input.form));
  running?.abort();
  running = new AbortController();
  const address = `${input.form.action}?${query}`;
  query.set("part", "results");
  try {
    const answer = await fetch(`${input.form.action}?${query}`, { signal: running.signal, redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    results.innerHTML = await answer.text();
    history.replaceState(null, "", address);
  } catch (error) {
    // the session ended or the server is away: the plain form says so
    if (error.name !== "AbortError") input.form.removeAttribute("data-live");
  }
};

input.form.dataset.live = "";
input.addEventListener("input", () => {
  clearTimeout(waiting);
  if ("live" in input.form.dataset) waiting = setTimeout(look, WAIT_MS);
});

addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const places = [input, ...results.querySelectorAll("[data-hit]")];
  const here = places.indexOf(document.activeElement);
  if (here === -1) return;
  const next = places[here + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
