/* Keeps the progress of a scan true without a reload, and loads the report when it has ended. */
const EVERY_MS = 1500;
const place = document.querySelector("[data-scan]");

const look = async () => {
  try {
    const answer = await fetch(place.dataset.url, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(10000) });
    if (answer.status === 204) { location.reload(); return; }
    if (answer.ok && !place.contains(document.activeElement)) {
      const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...fragment.body.childNodes);
    }
  } catch { /* the next try may do better */ }
  setTimeout(look, document.hidden ? 10 * EVERY_MS : EVERY_MS);
};
setTimeout(look, EVERY_MS);
