/* Keeps the list of incidents true without a reload, and tells of new ones in this browser to whoever asked for it. */
const EVERY_MS = 5000, CUT_AFTER_MS = 30000, CHOICE = "prism-incident-notices";
const place = document.querySelector("[data-incidents]");
const live = document.querySelector("[data-live]"), words = document.querySelector("[data-live-words]");
const button = document.querySelector("[data-notify]");
let tag = "", heardAt = Date.now(), timer;
let known = new Set([...place.querySelectorAll("[data-incident]")].map((row) => row.dataset.incident));

const wants = () => { try { return localStorage.getItem(CHOICE) === "on"; } catch { return false; } };
const choose = (on) => { try { localStorage.setItem(CHOICE, on ? "on" : "off"); } catch { /* this page only */ } };
const isOn = () => "Notification" in window && Notification.permission === "granted" && wants();

const showChoice = () => {
  if (!("Notification" in window)) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(isOn()));
  button.textContent = isOn() ? "Telling you in this browser" : "Tell me in this browser";
  button.disabled = Notification.permission === "denied";
  if (button.disabled) button.textContent = "This browser does not allow notifications";
};

button.addEventListener("click", async () => {
  if (isOn()) choose(false);
  else if (await Notification.requestPermission() === "granted") choose(true);
  showChoice();
});

const tell = () => {
  const rows = [...place.querySelectorAll("[data-incident]")];
  for (const row of rows) {
    if (!known.has(row.dataset.incident) && isOn()) {
      const notice = new Notification("Incident", { body: row.dataset.title, tag: `prism-${row.dataset.incident}` });
      notice.addEventListener("click", () => { window.focus(); row.querySelector("a").click(); });
    }
  }
  known = new Set(rows.map((row) => row.dataset.incident));
};

const show = () => {
  const isCut = Date.now() - heardAt > CUT_AFTER_MS;
  live.classList.toggle("is-cut", isCut);
  live.querySelector(".dot").hidden = false;
  words.textContent = isCut ? `not live since ${new Date(heardAt).toLocaleTimeString()}` : "Live";
};

const replace = (text) => {
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  place.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
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
      replace(await answer.text());
      tag = answer.headers.get("ETag") ?? "";
      tell();
    }
    heardAt = Date.now();
  } catch { /* shown by its age */ }
  show();
  timer = setTimeout(look, EVERY_MS); // hidden too: whoever asked to be told must be
};

showChoice();
setInterval(show, 1000);
look();
