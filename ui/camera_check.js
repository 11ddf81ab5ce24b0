// Tells the page what the browser knows about the camera. It never asks for the camera and never
// touches a picture: it reads what browsers tell every page, and listens to how START ends.
const USUAL = { api: "yes", cameras: "some", permission: "open", start: "" };
const STREAM = "iframe[title*='webrtc']";
const LOOK_EVERY_MS = 500;
const ASKING_AFTER_MS = 1000; // an answer that was given before comes sooner than this
const CLEAR_AFTER_MS = 5000; // each report runs the page again: none while the stream starts

const watchers = new WeakMap();
const listenedTo = new WeakSet();
let started = () => {}; // takes how START goes; of the newest watcher, for a frame may outlive one
let clearing = 0;

// The stream's frame says in words for developers what went wrong ("NotAllowedError: …", "ask the
// developer for STUN/TURN settings"). Where the page says it better, the frame keeps quiet.
function hush({ start, permission, cameras }) {
  let inside = null;
  try {
    inside = document.querySelector(STREAM)?.contentDocument;
  } catch {
    return; // see listen()
  }
  if (!inside?.head) return;
  let style = inside.getElementById("hushed");
  if (!style) {
    style = inside.createElement("style");
    style.id = "hushed";
    inside.head.append(style);
  }
  const told = start || permission === "denied" || cameras === "none";
  const rule = `[role=alert]${told ? "" : "[class*=Warning]"} { display: none !important; }`;
  if (style.textContent !== rule) style.textContent = rule;
}

// START calls getUserMedia in the stream's own frame: the outcome is noted and passed on.
function listen() {
  let media = null;
  try {
    media = document.querySelector(STREAM)?.contentWindow?.navigator?.mediaDevices;
  } catch {
    return; // a frame of another origin: what the browser says by itself has to do
  }
  if (!media?.getUserMedia || listenedTo.has(media)) return;
  listenedTo.add(media);
  started(""); // a new frame: what became of an earlier one no longer counts
  const ask = media.getUserMedia.bind(media);
  media.getUserMedia = async (...wishes) => {
    clearTimeout(clearing);
    const asking = setTimeout(() => started("asking"), ASKING_AFTER_MS);
    try {
      const stream = await ask(...wishes);
      clearing = setTimeout(() => started(""), CLEAR_AFTER_MS);
      return stream;
    } catch (error) {
      started(error?.name || "Error");
      throw error;
    } finally {
      clearTimeout(asking);
    }
  };
}

function watch(known, report) {
  const ended = new AbortController();
  const facts = { ...USUAL };
  let told = JSON.stringify({ ...USUAL, ...known });
  let granted = false;

  function tell(changes) {
    Object.assign(facts, changes);
    hush(facts);
    const now = JSON.stringify(facts);
    if (!ended.signal.aborted && now !== told) {
      told = now;
      report({ ...facts });
    }
  }

  started = (start) => {
    if (start !== "asking" || !granted) tell({ start });
  };

  async function count() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const some = devices.some((device) => device.kind === "videoinput");
    const solved = some && facts.start === "NotFoundError";
    tell({ cameras: some ? "some" : "none", start: solved ? "" : facts.start });
  }

  function weigh(state) {
    granted = state === "granted";
    const denied = state === "denied";
    const solved = !denied && facts.permission === "denied" && facts.start === "NotAllowedError";
    tell({ permission: denied ? "denied" : "open", start: solved ? "" : facts.start });
  }

  if (!window.isSecureContext) {
    tell({ api: "insecure" });
  } else if (!navigator.mediaDevices?.getUserMedia) {
    tell({ api: "missing" });
  } else {
    const { signal } = ended;
    const look = () => {
      listen();
      hush(facts);
    };
    const looking = setInterval(look, LOOK_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(looking));
    look();
    const again = () => count().catch(() => {});
    navigator.mediaDevices.addEventListener("devicechange", again, { signal });
    again();
    // Some browsers do not know this question; the outcome of START says it there.
    navigator.permissions?.query({ name: "camera" }).then((permission) => {
      permission.addEventListener("change", () => weigh(permission.state), { signal });
      weigh(permission.state);
    }, () => {});
  }
  return () => ended.abort();
}

// Called again whenever its arguments change: the first watcher of a place goes on.
export default function ({ parentElement, data, setStateValue }) {
  if (!watchers.has(parentElement)) {
    const end = watch(data.known, (facts) => setStateValue("facts", facts));
    watchers.set(parentElement, () => {
      watchers.delete(parentElement);
      end();
    });
  }
  return watchers.get(parentElement);
}
