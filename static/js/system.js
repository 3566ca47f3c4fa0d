/* Keeps the System page true without a reload: asks for the grid again and again, and gets it only when it
   changed. When no answer comes the cells lose their colours: they are no longer known. */
const EVERY_MS = 4000, LARGE_EVERY_MS = 15000, LARGE = 300000; // a grid of a thousand services is a megabyte
const CUT_AFTER_MS = 30000;
const place = document.querySelector("[data-system]");
const live = document.querySelector("[data-live]"), words = document.querySelector("[data-live-words]");
let tag = "", heardAt = Date.now(), everyMs = EVERY_MS, timer;

const ago = (moment) => {
  const seconds = Math.max(0, Math.round((Date.now() - moment) / 1000));
  return seconds < 60 ? `${seconds} s ago` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
};

const show = () => {
  const newest = Date.parse(place.querySelector("[data-newest]")?.dataset.newest);
  const isCut = Date.now() - heardAt > CUT_AFTER_MS;
  place.classList.toggle("is-cut", isCut);
  live.classList.toggle("is-cut", isCut);
  live.querySelector(".dot").hidden = false;
  if (isCut) words.textContent = `not live since ${new Date(heardAt).toLocaleTimeString()}`;
  else words.textContent = newest ? `Live · ${ago(newest)}` : "Live";
  const when = document.querySelector("time[data-ago]");
  if (when && newest) when.textContent = ago(newest);
};

const replace = (text) => {
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const scrolled = place.querySelector(".scroll")?.scrollLeft ?? 0;
  const fragment = new DOMParser().parseFromString(text, "text/html"); // nothing in it runs or loads
  place.replaceChildren(...fragment.body.childNodes);
  if (place.querySelector(".scroll")) place.querySelector(".scroll").scrollLeft = scrolled;
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
};

const look = async () => {
  clearTimeout(timer);
  try {
    const answer = await fetch(place.dataset.url, {
      headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(10000),
    });
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(answer.statusText);
      const text = await answer.text();
      replace(text);
      everyMs = text.length > LARGE ? LARGE_EVERY_MS : EVERY_MS;
      tag = answer.headers.get("ETag") ?? "";
    }
    heardAt = Date.now();
  } catch { /* shown by its age */ }
  show();
  if (!document.hidden) timer = setTimeout(look, everyMs);
};

document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
setInterval(show, 1000);
look();
