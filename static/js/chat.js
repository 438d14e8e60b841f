/*
 * The conversation's page beyond HTML: sending over the socket or by POST, coming back after a lost
 * connection, a composer that keeps what is typed, following the text without yanking the reader,
 * and words for screen readers. htmx holds the socket and swaps what it brings; without this file
 * the page still works as forms and links.
 */
(() => {
  const FOLLOW_WITHIN_PX = 80;
  const GAP_PX = 16;
  const SOCKET_PATIENCE_MS = 2_500;
  const ANSWER_PATIENCE_MS = 4_000;
  const POLL_BUSY_MS = 1_000;
  const POLL_IDLE_MS = 5_000;
  const ACK_EVERY_MS = 400;
  const DRAFT_AFTER_MS = 800;
  const COUNT_NEAR = 0.9;
  const SIGNED_OUT = 4401;
  const NOT_YOURS = 4404;

  const one = (selector, root = document) => root.querySelector(selector);
  const talk = one("#talk");
  const composer = one("#composer");
  const box = composer && one("textarea", composer);
  const chat = talk?.dataset.chat ?? `new.${composer?.dataset.person}`;
  const keys = { draft: `helpdesk.draft.${chat}`, outbox: `helpdesk.outbox.${chat}` };
  const csrf = () => one("[name=csrfmiddlewaretoken]", composer ?? document)?.value ?? "";

  /* Storage may be full or forbidden; the server's draft is there all the same. */
  const keep = (key, value) => {
    try {
      if (value) localStorage.setItem(key, JSON.stringify(value));
      else localStorage.removeItem(key);
    } catch { /* nothing to lose */ }
  };
  const kept = (key) => {
    try { return JSON.parse(localStorage.getItem(key) ?? "null"); } catch { return null; }
  };

  /* Troubles: one note at a time, by the composer. */
  function tell(when) {
    for (const note of document.querySelectorAll("#trouble [data-when]")) {
      note.hidden = note.dataset.when !== when;
    }
  }
  const isTold = (when) => one(`#trouble [data-when="${when}"]`)?.hidden === false;

  /* What the page shows already, for whoever brings it up to date. */
  function have() {
    const state = one("#have")?.dataset ?? {};
    const tail = one("[aria-busy=true] .tail[data-sequence]")?.dataset.sequence;
    return {
      revision: Number(state.revision ?? -1),
      completion: Number(state.completion ?? 0),
      sequence: Math.max(Number(state.sequence ?? 0), Number(tail ?? 0)),
    };
  }
  const isRunning = () => one("#have")?.hasAttribute("data-running") ?? false;

  /* The socket belongs to htmx; this is the line on it. */
  const line = { socket: null, frames: 0, acked: 0, resumeTimer: null };
  const isOpen = () => line.socket?.readyState === WebSocket.OPEN;
  const say = (message) => isOpen() && (line.socket.send(JSON.stringify(message)), true);

  function opened(event) {
    line.socket = event.detail.connection.socket;
    line.frames = line.acked = 0;
    stopPolling();
    resume();
    resend();
  }

  /* Whoever deletes the conversation is on the way to another page when the socket closes. */
  let isLeaving = false;

  function closed(event) {
    line.socket = null;
    if (event.detail.code === SIGNED_OUT) return signedOut();
    if (event.detail.code === NOT_YOURS) return isLeaving || location.reload();
    startPolling();
  }

  /* A socket can be open and dead after sleep: who does not answer in time is closed. */
  function resume() {
    if (!say({ action: "resume", ...have() })) return;
    const socket = line.socket;
    clearTimeout(line.resumeTimer);
    line.resumeTimer = setTimeout(() => socket.close(), ANSWER_PATIENCE_MS);
  }

  function incoming(event) {
    line.frames += 1;
    const { data } = event.detail.message;
    if (typeof data !== "string" || !data.startsWith("{")) return;
    const message = JSON.parse(data);
    if ("resumed" in message) {
      clearTimeout(line.resumeTimer);
      backOnline();
    }
    if ("sent" in message) sent(message.sent);
    if (message.refused) giveBack(message.refused);
  }

  function acknowledge() {
    if (line.frames !== line.acked && say({ action: "ack", frames: line.frames })) {
      line.acked = line.frames;
    }
  }

  /* Without a socket the page asks for what is new. */
  let poller = null;
  let isPolling = false;

  async function poll() {
    const query = new URLSearchParams(have());
    try {
      const answer = await fetch(`${talk.dataset.updates}?${query}`, { headers: { "HX-Request": "true" } });
      if (isSignIn(answer)) return signedOut();
      backOnline();
      if (answer.status === 200) await swap(await answer.text());
      if (isOutboxFull()) resend();
    } catch {
      if (!navigator.onLine) tell("offline");
    }
    if (isPolling) poller = setTimeout(poll, isRunning() ? POLL_BUSY_MS : POLL_IDLE_MS);
  }

  function startPolling() {
    if (isPolling || !talk) return;
    isPolling = true;
    poller = setTimeout(poll, isRunning() ? POLL_BUSY_MS : SOCKET_PATIENCE_MS);
  }

  function stopPolling() {
    isPolling = false;
    clearTimeout(poller);
    backOnline();
  }

  /* The note stays while something waits to be sent; what then goes out says so. */
  function backOnline() {
    if (isTold("offline") && !isOutboxFull()) tell(null);
  }

  const swap = (text) =>
    htmx.swap({ sourceElement: talk ?? composer, target: talk ?? composer, swap: "none", text });

  /* Sending: the text leaves the box at once and waits in the outbox until the server has it. */
  const outbox = () => kept(keys.outbox) ?? [];
  const isOutboxFull = () => outbox().length > 0;

  const limit = () => Number(composer.dataset.limit);
  const isSendable = (text) => text.trim() !== "" && lengthOf(text) <= limit();
  const newKey = () =>
    crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.replace(".", "");

  function send() {
    const text = box.value;
    if (!isSendable(text)) return;
    if (!talk) return sendFirst();
    const question = { key: newKey(), text };
    keep(keys.outbox, [...outbox(), question]);
    fill("");
    followOn();
    post(question);
  }

  /* The first question makes the conversation; its text stays in the box until that is there. */
  const first = { key: "", text: null, isOnItsWay: false };

  async function sendFirst() {
    if (first.isOnItsWay) return;
    if (!navigator.onLine) return tell("offline");
    if (first.text !== box.value) Object.assign(first, { key: newKey(), text: box.value });
    first.isOnItsWay = true;
    try {
      const answer = await request(first);
      const leadsTo = answer.headers.get("HX-Redirect");
      if (isSignIn(answer)) signedOut();
      else if (leadsTo) begin(leadsTo);
      else await swap(await answer.text());
    } catch {
      tell(navigator.onLine ? "not-sent" : "offline");
    }
    first.isOnItsWay = false;
  }

  function begin(address) {
    clearTimeout(draftTimer);
    keep(keys.draft, null);
    first.text = null;
    location.assign(address);
  }

  function post(question) {
    if (say({ action: "ask", text: question.text, client_key: question.key })) return;
    if (!navigator.onLine) return tell("offline");
    byRequest(question);
  }

  /* Post a question; throws when the server could not take it. */
  async function request({ key, text }) {
    const body = new FormData(composer);
    body.set("text", text);
    body.set("client_key", key);
    const answer = await fetch(composer.action, {
      method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": csrf() },
    });
    if (![200, 204, 403, 422].includes(answer.status)) throw new Error(String(answer.status));
    return answer;
  }

  /* Refused for want of a session: sent to the sign-in page, or with a token of another session. */
  const signInPath = one("#trouble [data-sign-in]")?.pathname;
  const isSignIn = (answer) =>
    answer.status === 403 || (answer.headers.get("HX-Redirect") ?? "").startsWith(signInPath);

  async function byRequest(question) {
    try {
      const answer = await request(question);
      if (isSignIn(answer)) return signedOut();
      if (answer.status === 200) sent(question.key);
      else giveBack(question.key);
      await swap(await answer.text());
    } catch {
      tell(navigator.onLine ? "not-sent" : "offline");
    }
  }

  const resend = () => (talk ? outbox().forEach(post) : send());

  function sent(key) {
    const wasOffline = isTold("offline") || isTold("not-sent");
    keep(keys.outbox, outbox().filter((question) => question.key !== key).slice());
    if (!isOutboxFull()) keep(keys.outbox, null);
    tell(wasOffline ? "back" : null);
  }

  /* Refused: the words go back into the box, before whatever was typed since. */
  function giveBack(key) {
    const question = outbox().find((waiting) => waiting.key === key);
    if (!question) return;
    const rest = outbox().filter((waiting) => waiting.key !== key);
    keep(keys.outbox, rest.length ? rest : null);
    fill([question.text, box.value].filter(Boolean).join("\n"));
    box.focus();
  }

  function signedOut() {
    stopPolling();
    const waiting = outbox().map((question) => question.text);
    if (waiting.length) {
      keep(keys.outbox, null);
      fill([...waiting, box.value].filter(Boolean).join("\n"));
    }
    keep(keys.draft, box.value);
    tell("signed-out");
  }

  function stop() {
    if (say({ action: "stop" })) return;
    const url = one("[data-stop]")?.formAction;
    if (url) htmx.ajax("POST", url, { source: composer, swap: "none" });
  }

  /* The composer. */
  let draftTimer = null;

  /* Characters as the server counts them: an emoji is one. */
  const lengthOf = (text) => [...text].length;

  function fill(text) {
    box.value = text;
    typed();
  }

  function typed() {
    const length = lengthOf(box.value);
    const meter = one(".meter", composer);
    meter.textContent = length ? `${length.toLocaleString()} / ${limit().toLocaleString()}` : "";
    meter.classList.toggle("near", length > limit() * COUNT_NEAR && length <= limit());
    meter.classList.toggle("over", length > limit());
    composer.classList.toggle("is-empty", !box.value.trim());
    keep(keys.draft, box.value);
    clearTimeout(draftTimer);
    draftTimer = setTimeout(saveDraft, DRAFT_AFTER_MS);
  }

  function saveDraft() {
    if (!composer.dataset.draft) return;
    const body = new URLSearchParams({ text: box.value, csrfmiddlewaretoken: csrf() });
    fetch(composer.dataset.draft, { method: "POST", body, keepalive: true }).catch(() => {});
  }

  function pressed(event) {
    if (event.isComposing) return;
    const inBox = event.target === box;
    if (inBox && event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest(".edit")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    } else if (event.key === "Escape" && isRunning() && !one(":popover-open")) {
      event.preventDefault();
      stop();
    } else if (event.altKey && event.key === "ArrowUp") {
      event.preventDefault();
      [...document.querySelectorAll("[data-answer]")].at(-1)?.focus();
    } else if (event.altKey && event.key === "ArrowDown") {
      event.preventDefault();
      box?.focus();
    }
  }

  /* Other buttons of the composer (to a person) are sent as the form they are. */
  function submitted(event) {
    if (event.target.matches(".why")) event.target.hidePopover();
    if (event.target.matches("[data-follow]")) followOn();
    if (event.target !== composer) return;
    const button = event.submitter;
    if (button && !button.matches("[data-stop], [data-send]")) return clearTimeout(draftTimer);
    event.preventDefault();
    if (button?.matches("[data-stop]")) stop();
    else send();
  }

  function refuseFiles(event) {
    const files = (event.clipboardData ?? event.dataTransfer)?.files;
    if (!files?.length) return;
    event.preventDefault();
    tell("file");
  }

  /* Following: the end stays in view only for a reader who is there, and an answer longer than
     the screen is held at its question, to be read from its beginning. */
  const follow = { on: true, top: 0 };
  const end = () => document.documentElement.scrollHeight - innerHeight;
  const atEnd = () => end() - scrollY < FOLLOW_WITHIN_PX;

  function followOn() {
    follow.on = true;
    follow.top = 0;
  }

  function scrollDown(top) {
    scrollTo({ top, behavior: "instant" });
    follow.top = scrollY;
  }

  function startOfNewest() {
    const question = [...document.querySelectorAll("#thread > .ask-row")].at(-1);
    if (!question?.nextElementSibling?.matches("[data-answer]:nth-last-child(2)")) return Infinity;
    const clearance = one(".topbar").getBoundingClientRect().bottom + GAP_PX;
    return question.getBoundingClientRect().top + scrollY - clearance;
  }

  function toNewest() {
    const top = Math.min(end(), startOfNewest());
    if (top > scrollY) scrollDown(top);
  }

  function scrolled() {
    follow.on = atEnd();
    const jump = one("#jump");
    if (jump && follow.on) jump.hidden = true;
  }

  /* A reader may have moved since the browser last told us. */
  const hasLeft = () => scrollY < follow.top && !atEnd();

  /* A conversation that has just gone to a person shows the ticket, not the end of the page. */
  let hasCard = Boolean(one(".ticket-card"));

  function isNewCard() {
    const had = hasCard;
    hasCard = Boolean(one(".ticket-card"));
    return hasCard && !had;
  }

  function showCard() {
    follow.on = false;
    requestAnimationFrame(() => one(".ticket-card")?.scrollIntoView({ block: "center", behavior: "instant" }));
  }

  /* What a request drew and what the socket brings are not in order: the socket has the last word. */
  function swapped(event) {
    if (event.detail.ctx?.sourceElement !== talk && isRunning() && isOpen()) resume();
    if (hasLeft()) follow.on = false;
    if (isNewCard()) showCard();
    else if (follow.on) toNewest();
    if (!atEnd() && (isRunning() || announcing)) one("#jump")?.removeAttribute("hidden");
    relabel();
    dress();
    announceAnswer();
    announceReply();
    if (!isRunning() && startOfNewest() < scrollY + innerHeight / 2) one("#jump")?.setAttribute("hidden", "");
  }

  /* What is written goes to the assistant or to a person; the box says to whom. */
  function relabel() {
    if (!box) return;
    const { label, placeholder } = one("#have").dataset;
    one("label[for=text]").textContent = label;
    box.placeholder = placeholder;
  }

  /* Buttons that only work with JavaScript appear with it. */
  function dress() {
    for (const button of document.querySelectorAll("[data-copy-answer][hidden]")) button.hidden = false;
  }

  async function clicked(event) {
    const target = event.target.closest?.("[data-copy-answer], [data-popover], [data-retry], #jump");
    if (!target) return;
    if (target.id === "jump") {
      followOn();
      scrollDown(end());
      target.hidden = true;
    } else if (target.dataset.popover) {
      event.preventDefault();
      one(`#${target.dataset.popover}`)?.showPopover({ source: target });
    } else if (target.dataset.copyAnswer) {
      await navigator.clipboard.writeText(withSources(one(`#${target.dataset.copyAnswer}`)));
      announce(target.dataset.copied);
      showDone(target);
    } else {
      tell(null);
      resend();
    }
  }

  /* The answer as text: [1] for a marker, and below it what each stands for. */
  function withSources(prose) {
    const copy = prose.cloneNode(true);
    for (const marker of copy.querySelectorAll(".cite")) marker.textContent = ` [${marker.textContent}]`;
    for (const button of copy.querySelectorAll("button")) button.remove();
    copy.className = "sr";
    prose.after(copy);
    const text = copy.innerText.trim();
    copy.remove();
    const sources = [...prose.closest("article").querySelectorAll(".source")].map(
      (source) => `[${one("i", source).textContent}] ${one("b", source).textContent}: ${source.href}`,
    );
    return [text, sources.join("\n")].filter(Boolean).join("\n\n");
  }

  function showDone(button) {
    const use = one("use", button);
    const before = use.getAttribute("href");
    use.setAttribute("href", before.replace(/#.*/, "#check"));
    setTimeout(() => use.setAttribute("href", before), 2_000);
  }

  /* For ears: that writing began, then the finished answer by sentences, never tokens. */
  let announcing = null;
  const words = talk ? one("#talk").dataset : {};

  function announce(text) {
    const region = one("#announce");
    if (region) region.textContent = text;
  }

  function announceAnswer() {
    const busy = one("[data-answer][aria-busy=true]");
    if (busy && announcing !== busy.id) {
      announcing = busy.id;
      announce(words.wordsWriting);
    } else if (!busy && announcing) {
      const answer = document.getElementById(announcing);
      announcing = null;
      if (answer) speak(answer);
    }
  }

  /* A person's reply is read out with the name. */
  const replies = () => [...document.querySelectorAll("[data-reply]")];
  let heardReplies = replies().length;

  function announceReply() {
    const fresh = replies().slice(heardReplies);
    heardReplies += fresh.length;
    if (!fresh.length) return;
    const said = fresh.map((reply) => `${reply.ariaLabel}: ${one(".said", reply).innerText}`);
    announce(said.join(" "));
  }

  function speak(answer) {
    const region = one("#announce");
    if (!region) return;
    const text = one(".prose", answer).innerText.replace(/\s+/g, " ").trim();
    const segmenter = new Intl.Segmenter(document.documentElement.lang, { granularity: "sentence" });
    const sentences = [...segmenter.segment(text)].map((part) => part.segment.trim()).filter(Boolean);
    region.replaceChildren(
      ...[...sentences, words.wordsComplete].map((sentence) => {
        const line = document.createElement("span");
        line.textContent = `${sentence} `;
        return line;
      }),
    );
  }

  function awake() {
    if (document.hidden) return;
    if (isOpen()) resume();
    else if (isPolling) { clearTimeout(poller); poll(); }
  }

  if (composer) {
    const stored = kept(keys.draft);
    if (!talk) addEventListener("online", () => { if (isTold("offline")) send(); });
    if (typeof stored === "string" && stored.length > box.value.length) box.value = stored;
    box.addEventListener("input", typed);
    composer.addEventListener("paste", refuseFiles);
    composer.addEventListener("drop", refuseFiles);
    document.addEventListener("submit", submitted);
    document.addEventListener("keydown", pressed);
    typed();
    clearTimeout(draftTimer);
  }
  addEventListener("offline", () => tell("offline"));
  addEventListener("beforeunload", () => { isLeaving = true; });
  document.addEventListener("click", clicked);
  document.addEventListener("visibilitychange", awake);
  addEventListener("pageshow", awake);
  if (talk) {
    document.addEventListener("htmx:ws:after:connection", opened);
    document.addEventListener("htmx:ws:close", closed);
    document.addEventListener("htmx:ws:before:message:incoming", incoming);
    document.addEventListener("htmx:after:swap", swapped);
    addEventListener("scroll", scrolled, { passive: true });
    addEventListener("online", awake);
    setInterval(acknowledge, ACK_EVERY_MS);
    setTimeout(() => { if (!isOpen()) startPolling(); }, SOCKET_PATIENCE_MS);
    dress();
    announceAnswer();
    if (!location.hash || location.hash === "#latest") toNewest();
  }
})();
