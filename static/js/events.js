/* The live feed. Rows arrive over one socket, each frame with the range of numbers it covers: what was
   missed is noticed and asked for again by number. Every text is hostile: textContent only.
   Without this module the page is a paged list. */
const MOST_KEPT = 5000;
const MOST_SHOWN = 500, NEWEST_ROWS = 200; // what the server begins with
const FIRST_PAUSE_MS = 500, LONGEST_PAUSE_MS = 30000;
const SILENCE_MS = 40000; // the server beats every 15 s
const POLL_MS = 5000, FAILURES_TO_POLL = 3;
const ANNOUNCE_MS = 10000;
const MARKS = { debug: ["i", "·"], info: ["i", "●"], warning: ["w", "▲"], error: ["e", "■"], critical: ["e", "✖"] };

const find = (name) => document.querySelector(`[data-${name}]`);
const list = find("feed"), form = find("filter"), pauseButton = find("pause"), pill = find("new");
const stateText = find("state"), watching = find("watching"), empty = find("empty");
const template = find("row"), announce = find("announce");
const older = find("older"), olderLink = find("older-link");

let waiting = []; // not drawn yet, newest last, at most MOST_KEPT
let isCut = false; // some of them were left out
let epoch = list.dataset.epoch;
let last = Number(list.dataset.head); // everything up to here was seen
let filterId = 0;
let socket, retryTimer, pollTimer, drawing = false;
let failures = 0, openedAt = 0, heardAt = 0;
let lastEventAt = Date.parse(list.querySelector("time")?.dateTime ?? "") || 0;
let isAsking = false; // for what was missed
let wantsReset = false; // the filter changed: only its answer counts
let state = "connecting";
const pausedBy = new Set();
let unannounced = { all: 0, errors: 0 };

const filterOf = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
const isBad = (row) => row.severity === "error" || row.severity === "critical";

// --- drawing ---------------------------------------------------------------------------------

const element = (row) => {
  const item = template.content.firstElementChild.cloneNode(true);
  const [time, mark, what, link] = item.children;
  const [hidden, service, words, tag] = what.children;
  const [kind, symbol] = MARKS[row.severity] ?? ["i", "?"];
  item.dataset.seq = row.seq;
  time.dateTime = row.occurred_at;
  time.title = row.occurred_at;
  time.textContent = row.occurred_at.slice(11, 19);
  mark.classList.add(kind);
  mark.title = row.severity;
  mark.textContent = symbol;
  hidden.textContent = `${row.severity}: `;
  service.textContent = row.service;
  words.textContent = row.message;
  tag.textContent = row.type;
  link.href = list.dataset.event.replace("/0/", `/${row.seq}/`);
  link.textContent = `${row.occurred_at.slice(0, 10)} #${row.seq}`;
  link.setAttribute("aria-label", `Event ${row.seq}`);
  return item;
};

const draw = () => {
  drawing = false;
  if (pausedBy.size) return showPill();
  const rows = waiting.slice(-MOST_SHOWN);
  if (waiting.length > MOST_SHOWN) {
    list.replaceChildren(); // between those that are shown now and those from before would be a hole
    isCut = true;
  }
  waiting = [];
  const fragment = document.createDocumentFragment();
  for (let index = rows.length - 1; index >= 0; index--) fragment.append(element(rows[index]));
  list.prepend(fragment);
  const hasMore = list.children.length > MOST_SHOWN || isCut;
  isCut = false;
  while (list.children.length > MOST_SHOWN) list.lastElementChild.remove();
  empty.hidden = list.children.length > 0;
  linkToOlder(hasMore);
  showPill();
};

// what is no longer in the document is a page further, so the link follows the oldest row
const linkToOlder = (hasMore) => {
  if (hasMore) older.hidden = false;
  const oldest = list.lastElementChild?.dataset.seq;
  if (older.hidden || !oldest) return;
  olderLink.href = `?${new URLSearchParams({ ...filterOf(), before: oldest })}`;
};

const drawSoon = () => {
  if (drawing) return;
  drawing = true;
  // a hidden tab draws nothing; it keeps what it must remember and no more
  if (document.hidden) setTimeout(draw, 1000);
  else requestAnimationFrame(draw);
};

const showPill = () => {
  pill.hidden = !waiting.length;
  const errors = waiting.filter(isBad).length;
  const errorWords = errors ? `, ${errors} error${errors === 1 ? "" : "s"}` : "";
  const words = `${waiting.length}${waiting.length === MOST_KEPT ? " or more" : ""} new${errorWords}`;
  if (pill.textContent !== words) pill.textContent = words;
};

const take = (rows) => {
  const fresh = rows.filter((row) => row.seq > last);
  if (!fresh.length) return;
  lastEventAt = Date.now();
  waiting = waiting.concat(fresh).slice(-MOST_KEPT);
  unannounced.all += fresh.length;
  unannounced.errors += fresh.filter(isBad).length;
  drawSoon();
};

const beginAgain = (frame) => {
  epoch = frame.e;
  last = 0;
  waiting = [];
  list.replaceChildren();
  take(frame.r);
  last = frame.s;
  empty.hidden = frame.r.length > 0;
  older.hidden = frame.r.length < NEWEST_ROWS;
  lastEventAt = Date.parse(frame.r.at(-1)?.occurred_at ?? "") || 0;
  unannounced = { all: 0, errors: 0 };
};

// --- pausing ---------------------------------------------------------------------------------

const setPaused = (reason, isPaused) => {
  if (isPaused) pausedBy.add(reason);
  else pausedBy.delete(reason);
  const byHand = pausedBy.has("hand");
  pauseButton.setAttribute("aria-pressed", String(byHand));
  pauseButton.textContent = byHand ? "Resume" : "Pause";
  list.toggleAttribute("data-paused", pausedBy.size > 0);
  if (!pausedBy.size) drawSoon();
  say();
};

const goToNewest = () => {
  getSelection()?.removeAllRanges();
  scrollTo({ top: 0 });
  if (list.contains(document.activeElement)) document.activeElement.blur();
  for (const reason of [...pausedBy]) setPaused(reason, false);
};

// --- the state in words ----------------------------------------------------------------------

const CHIPS = {
  live: ["up", "live"],
  delayed: ["degraded", "delayed: polling the database"],
  connecting: ["unknown", "connecting"],
  reconnecting: ["degraded", "reconnecting"],
  polling: ["degraded", "delayed: asking every 5 s"],
  ended: ["down", "logged out"],
};

const age = () => {
  if (!lastEventAt) return "no event yet";
  const seconds = Math.max(0, Math.round((Date.now() - lastEventAt) / 1000));
  if (seconds < 60) return `last event ${seconds} s ago`;
  if (seconds < 7200) return `last event ${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `last event ${Math.floor(seconds / 3600)} h ago`;
  return `last event ${Math.floor(seconds / 86400)} days ago`;
};

const say = () => {
  const [kind, words] = pausedBy.size ? ["planned", "paused"] : CHIPS[state];
  const chip = stateText.firstElementChild;
  if (chip.textContent !== words) {
    chip.className = `chip ${kind}`;
    chip.textContent = words;
  }
  stateText.dataset.state = state;
  const text = `${age()}${watching.dataset.count ? ` · ${watching.dataset.count} watching` : ""}`;
  if (watching.textContent !== text) watching.textContent = text;
};

const setState = (next) => {
  state = next;
  say();
};

// --- the socket ------------------------------------------------------------------------------

const hello = (fromTheBeginning = false) => {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ t: "hello", e: epoch, after: fromTheBeginning ? null : last, filter: filterOf(), f: filterId }));
};

const hear = ({ data }) => {
  heardAt = Date.now();
  const frame = JSON.parse(data);
  if (frame.t === "ev") {
    if (wantsReset || frame.e !== epoch) return; // of a filter or an epoch that is over
    if (frame.p > last) {
      // something is missing in between
      if (!isAsking) hello();
      isAsking = true;
      return;
    }
    isAsking = false;
    take(frame.r);
    last = Math.max(last, frame.s);
  } else if (frame.t === "reset") {
    if (frame.f !== filterId) return;
    wantsReset = false;
    isAsking = false;
    beginAgain(frame);
  } else if (frame.t === "hb") {
    watching.dataset.count = frame.watching;
    // nothing that the filter keeps came up to there
    if (Number.isInteger(frame.s) && !wantsReset && !isAsking) last = Math.max(last, frame.s);
    setState(frame.live ? "live" : "delayed");
  }
};

const connect = () => {
  clearTimeout(retryTimer);
  const address = new URL(list.dataset.socket, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(address);
  socket = opened;
  opened.onopen = () => {
    heardAt = openedAt = Date.now();
    isAsking = false;
    stopPolling();
    hello(wantsReset);
  };
  opened.onmessage = hear;
  opened.onclose = ({ code }) => {
    if (socket !== opened) return;
    if (code === 4401 || code === 4403) return end();
    failures = Date.now() - openedAt > 30000 && openedAt ? 1 : failures + 1;
    if (failures >= FAILURES_TO_POLL) startPolling();
    else setState("reconnecting");
    const most = code === 1012 ? 5000 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    clearTimeout(retryTimer);
    retryTimer = setTimeout(connect, 100 + Math.random() * most);
  };
};

const reconnectNow = () => {
  if (state === "ended" || document.hidden) return;
  if (socket?.readyState === WebSocket.OPEN && Date.now() - heardAt < SILENCE_MS) return;
  if (socket?.readyState === WebSocket.CONNECTING) return;
  socket?.close();
  connect();
};

const end = () => {
  stopPolling();
  setState("ended");
};

// --- without a socket ------------------------------------------------------------------------

const poll = async () => {
  const query = new URLSearchParams({ ...filterOf(), after: last, limit: 500 });
  try {
    const answer = await fetch(`/api/v1/events?${query}`, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.status === 401 || answer.status === 403) return end();
    if (!answer.ok) return;
    const body = await answer.json();
    if (body.epoch !== epoch || body.head < last) return location.reload();
    take(body.items);
    // a full page may not reach the end; the rest comes next time
    last = body.items.length < 500 ? Math.max(last, body.head) : body.items.at(-1).seq;
  } catch {
    setState("reconnecting");
    return;
  }
  setState("polling");
};

const startPolling = () => {
  if (pollTimer) return;
  setState("reconnecting");
  pollTimer = setInterval(poll, POLL_MS);
  poll();
};

const stopPolling = () => {
  clearInterval(pollTimer);
  pollTimer = undefined;
};

// --- the person ------------------------------------------------------------------------------

let filterTimer;
const applyFilter = () => {
  const query = new URLSearchParams(filterOf()).toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  filterId += 1;
  wantsReset = true;
  hello(true);
};
form.addEventListener("input", () => {
  clearTimeout(filterTimer);
  filterTimer = setTimeout(applyFilter, 250);
});
form.addEventListener("submit", (event) => {
  if (socket?.readyState !== WebSocket.OPEN) return; // the plain form works
  event.preventDefault();
  clearTimeout(filterTimer);
  applyFilter();
});

pauseButton.hidden = false;
pauseButton.addEventListener("click", () => (pausedBy.has("hand") ? goToNewest() : setPaused("hand", true)));
pill.addEventListener("click", goToNewest);
addEventListener("keydown", (event) => {
  if (event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  pauseButton.click();
});
addEventListener("scroll", () => setPaused("scroll", scrollY > list.offsetTop + 40), { passive: true });
document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  setPaused("selection", !selection.isCollapsed && list.contains(selection.anchorNode));
});
list.addEventListener("focusin", () => setPaused("focus", true));
list.addEventListener("focusout", () => setPaused("focus", false));
addEventListener("online", reconnectNow);
document.addEventListener("visibilitychange", reconnectNow);

setInterval(() => {
  say();
  if (socket?.readyState === WebSocket.OPEN && Date.now() - heardAt > SILENCE_MS) socket.close();
}, 1000);
setInterval(() => {
  if (!unannounced.all) return;
  announce.textContent = `${unannounced.all} new events, ${unannounced.errors} errors`;
  unannounced = { all: 0, errors: 0 };
}, ANNOUNCE_MS);

say();
connect();
