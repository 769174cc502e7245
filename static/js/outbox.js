// Changes of order sheets on their way: each is kept on this phone (IndexedDB) before it is sent, they go in order, each
// under its own key, and are let go of when they were answered. What was refused stays until somebody has read why.
//
// A change: { key, at, person, sheet, page, household, stall, offer, seen, wanted, tolerance, name, title, tried, late, refusal }
const LONGEST_WAIT = 30_000;
const FORGOTTEN = 60 * 24 * 3600_000;
const STORE = "changes";
const ANSWERED = "answered";
const words = document.querySelector("[data-pocket]").dataset;

// Whose page this is, "" for nobody's. Somebody else on the same phone neither sends nor sees one's changes.
export const person = words.person;
export const outbox = new EventTarget();
// "", "saving", "waiting" for the network, or "out": signed out.
outbox.state = "";
outbox.durable = false;
outbox.strangers = 0;

const changes = [];
const broken = new Set();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("cagette");
let database = null;
let pumping = false;
let leaving = false;
let tries = 0;
let timer = 0;
let token = /(?:^|; )csrftoken=(\w+)/.exec(document.cookie)?.[1] ?? JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

const ofOneLine = (a) => (b) => a.sheet === b.sheet && a.household === b.household && a.offer === b.offer;

outbox.unsent = () => changes.filter((each) => !each.refusal);
outbox.refused = () => changes.filter((each) => each.refusal);
outbox.last = (line) => outbox.unsent().filter(ofOneLine(line)).pop() ?? null;
outbox.isBroken = (change) => broken.has(change.key);

// The newest wish for a line follows what may be on its way already, and replaces what isn't.
outbox.put = (change) => {
  let last = outbox.last(change);
  if (last && !last.tried) Object.assign(last, { wanted: change.wanted, tolerance: change.tolerance });
  else {
    const at = Math.max(Date.now(), (changes.at?.(-1)?.at ?? 0) + 1);
    last = { ...change, seen: last ? last.wanted : change.seen, key: newKey(), at, person, tried: false };
    changes.push(last);
  }
  keep(last);
  return last;
};

// Somebody has read why, or has changed the line again.
outbox.forget = (gone) => {
  for (const change of gone) {
    changes.splice(changes.indexOf(change), 1);
    stored((store) => store.delete(change.key));
  }
  if (gone.length) tell();
};

outbox.soon = (pause) => {
  clearTimeout(timer);
  timer = setTimeout(pump, pause);
  if (outbox.state === "") turn("saving");
};

outbox.again = () => {
  broken.clear();
  outbox.soon(0);
};

// Whether an answer came, here or in another tab, after this page was asked for: it may show what was before.
outbox.answeredMeanwhile = () => {
  try {
    return Number(localStorage.getItem(ANSWERED)) > performance.timeOrigin;
  } catch {
    return false;
  }
};

const opened = open();
outbox.ready = load().then(() => outbox.unsent().length && outbox.soon(0));

async function pump() {
  clearTimeout(timer);
  if (pumping) return;
  pumping = true;
  let change;
  while ((change = outbox.unsent().find((each) => !broken.has(each.key)))) {
    turn("saving");
    if (!(await sent(change))) break;
  }
  pumping = false;
  if (!change) turn("");
}

async function sent(change) {
  change.tried = true;
  const kept = keep(change);
  if (!leaving) await kept;
  let response, answer;
  try {
    response = await post(change);
    if (response.status === 403) {
      // The form's token has gone stale with the page: a fresh one comes with the household's lines.
      response = await fetch(`${change.sheet}lines/`, { headers: { Accept: "application/json" } });
      if (response.ok) {
        token = (await response.json()).token;
        response = await post(change);
      }
    }
    if (response.status === 429 || response.status >= 502) throw new TypeError("nobody is there");
    answer = await response.json().catch(() => ({}));
  } catch {
    return later("waiting");
  }
  tries = 0;
  if (response.status === 401) return later("out");
  if (answer.code === "key_reused") rekey(change);
  else if (response.status === 403 || response.status >= 500) broken.add(change.key);
  else {
    settle(change, response.status, answer);
    channel?.postMessage([change.key, response.status, answer]);
  }
  return true;
}

function post({ sheet, key, household, stall, offer, seen, wanted, tolerance }) {
  return fetch(`${sheet}changes/`, {
    method: "POST",
    keepalive: true,
    headers: { Accept: "application/json", "X-CSRFToken": token ?? "" },
    body: new URLSearchParams({ key, household, stall, offer, seen, wanted, tolerance, person }),
  });
}

// Two tabs had different wishes under one key: this one becomes a request of its own, and the server weighs it.
function rekey(change) {
  stored((store) => store.delete(change.key));
  change.key = newKey();
  keep(change);
}

function later(state) {
  for (const change of outbox.unsent()) {
    change.late = true;
    keep(change);
  }
  turn(state);
  if (state === "waiting") timer = setTimeout(pump, Math.min(1000 * 2 ** tries++, LONGEST_WAIT));
  return false;
}

function settle(change, status, answer) {
  try {
    // Before it is let go of: the next page finds the one or the other.
    localStorage.setItem(ANSWERED, Date.now());
  } catch {
    // No storage: the next page looks again within half a minute.
  }
  if (status === 200) outbox.forget([change]);
  else {
    change.refusal = answer.refused?.[change.offer] ?? { code: "", possible: null, sentence: answer.sentence || words.sayBroken };
    outbox.forget(outbox.refused().filter((each) => each !== change && ofOneLine(change)(each)));
    keep(change);
    // What follows on the same line stood on this one.
    for (const next of outbox.unsent().filter(ofOneLine(change))) {
      next.seen = change.seen;
      keep(next);
    }
  }
  outbox.dispatchEvent(new CustomEvent("answered", { detail: { change, answer } }));
  tell();
}

function turn(state) {
  outbox.state = state;
  tell();
}

function tell() {
  outbox.dispatchEvent(new Event("change"));
}

// The store

function open() {
  return new Promise((done) => {
    let request;
    try {
      request = indexedDB.open("cagette", 1);
    } catch {
      return done();
    }
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onerror = request.onblocked = () => done();
    request.onsuccess = () => {
      database = request.result;
      database.onversionchange = () => database.close();
      outbox.durable = true;
      done();
    };
  });
}

async function load() {
  const all = (await stored((store) => store.getAll(), "readonly")) ?? [];
  for (const change of all) {
    // Its group order is long over, and whoever it was hasn't come back.
    if (change.at < Date.now() - FORGOTTEN) stored((store) => store.delete(change.key));
    else if (change.person === person && !changes.some((each) => each.key === change.key)) {
      // Whether it was sent, nobody knows any more: under its key it goes as it is.
      changes.push(Object.assign(change, { late: true, tried: true }));
    }
  }
  changes.sort((a, b) => a.at - b.at);
  outbox.strangers = all.filter((each) => each.person !== person && !each.refusal).length;
  tell();
}

function keep(change) {
  return stored((store) => store.put(change));
}

// Without a store (private mode, an old browser, a full phone) changes live as long as the page.
async function stored(act, mode = "readwrite") {
  await opened;
  if (!database) return undefined;
  return new Promise((done) => {
    const fail = () => {
      database = null;
      outbox.durable = false;
      done();
    };
    try {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = fail;
    } catch {
      fail();
    }
  });
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// When to try again

async function wake() {
  tries = 0;
  await load();
  if (outbox.unsent().length) outbox.soon(0);
}

addEventListener("online", wake);
addEventListener("pageshow", (event) => event.persisted && wake());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" ? wake() : outbox.unsent().length && pump());
addEventListener("pagehide", () => {
  leaving = true;
  if (outbox.unsent().length) pump();
});
// What another tab of the same person got an answer to.
channel?.addEventListener("message", ({ data: [key, status, answer] }) => {
  const change = changes.find((each) => each.key === key);
  if (change) settle(change, status, answer);
});
