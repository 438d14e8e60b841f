/*
 * What every page needs beyond HTML: close the drawer, switch the theme, single-key shortcuts, copy
 * buttons, toasts that leave, and words for a request that failed. Pages work without it.
 */
(() => {
  const TOAST_MS = 8_000;
  const COPIED_MS = 2_000;
  const YEAR_S = 31_536_000;

  const one = (selector, root = document) => root.querySelector(selector);
  const remember = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax`;
  };
  const announce = (words) => {
    const region = one("#announce");
    if (region) region.textContent = words;
  };

  /* The drawer closes when a link in it is followed, or Back would restore the page with it open. */
  function closeDrawer(event) {
    const drawer = event.target.closest?.("a[href]")?.closest("#menu");
    if (drawer?.matches(":popover-open")) drawer.hidePopover();
  }

  /* The theme: shown at once, kept in a cookie for guests and by the server for people. */
  function switchTheme(event) {
    const form = event.target.closest?.("[data-theme-form]");
    const chosen = event.submitter?.value;
    if (!form || !chosen) return;
    event.preventDefault();
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    for (const button of document.querySelectorAll("[data-theme-form] button")) {
      button.setAttribute("aria-pressed", String(button.value === chosen));
    }
    remember("theme", chosen);
    fetch(form.action, { method: "POST", body: new FormData(form, event.submitter) }).catch(() => {});
  }

  /* Keys: an element with data-key="n" is pressed by n, a field with data-key="/" is focused by it. */
  const keysAreOff = () => document.cookie.split("; ").includes("keys=off");
  const isTyping = (element) =>
    element.isContentEditable || element.matches("input, textarea, select, [role=textbox]");

  function pressKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (isTyping(event.target) || keysAreOff()) return;
    const target = one(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (isTyping(target)) target.focus();
    else target.click();
  }

  function showKeysSwitch() {
    const label = one("[data-keys-switch]");
    if (!label) return;
    const box = one("input", label);
    box.checked = !keysAreOff();
    box.addEventListener("change", () => remember("keys", box.checked ? "on" : "off"));
    label.hidden = false;
  }

  /* Copy: the code or key beside the button. data-copied holds the words shown afterwards. */
  async function copy(event) {
    const button = event.target.closest?.("[data-copy]");
    const box = button?.closest(".code, .secret");
    const source = box && one("pre code, :scope > span", box);
    if (!source) return;
    await navigator.clipboard.writeText(source.textContent.trim());
    const words = button.dataset.copied;
    if (!words) return;
    const label = one("span", button);
    const before = label?.textContent;
    announce(words);
    if (!label || before === words) return;
    label.textContent = words;
    setTimeout(() => { label.textContent = before; }, COPIED_MS);
  }

  /* Toasts leave after eight seconds, but never under a pointer or with the focus inside. */
  function timeToast(toast) {
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), TOAST_MS);
    };
    const hold = () => clearTimeout(timer);
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("pointerleave", wait);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("focusout", wait);
    wait();
  }

  function watchToasts() {
    const region = one("#toasts");
    if (!region) return;
    const time = (nodes) => {
      for (const node of nodes) if (node.matches?.("[data-toast]")) timeToast(node);
    };
    time(region.children);
    new MutationObserver((changes) => {
      for (const change of changes) time(change.addedNodes);
    }).observe(region, { childList: true });
  }

  /* A failed request says so where it was made; what was typed stays. */
  function kindOf(status, method) {
    if (!status) return navigator.onLine ? (method === "GET" ? "unloaded" : "unsent") : "offline";
    if (status === 401 || status === 403) return "signed-out";
    if (status === 404 || status === 410) return "gone";
    if (status === 429) return "limited";
    if (status >= 500) return "ours";
    return method === "GET" ? "unloaded" : "unsent";
  }

  function clearTrouble() {
    for (const note of document.querySelectorAll("[data-trouble]")) note.remove();
  }

  function showTrouble({ ctx }) {
    const status = ctx?.response?.status;
    const template = one("#troubles");
    if (!ctx?.request || !template || status === 422) return;
    clearTrouble();
    const kind = kindOf(status, String(ctx.request.method).toUpperCase());
    const note = one(`[data-trouble="${kind}"]`, template.content).cloneNode(true);
    const seconds = Number(ctx.response?.headers?.get("Retry-After"));
    if (seconds > 0 && kind === "limited") one("[data-seconds]", note).textContent = seconds;
    const form = ctx.sourceElement?.closest("form:not([data-quiet])");
    if (form?.isConnected) return form.before(note);
    note.dataset.toast = "";
    one("#toasts").append(note);
  }

  document.addEventListener("click", closeDrawer);
  document.addEventListener("click", copy);
  document.addEventListener("submit", switchTheme);
  document.addEventListener("keydown", pressKey);
  document.addEventListener("htmx:before:request", clearTrouble);
  document.addEventListener("htmx:response:error", (event) => showTrouble(event.detail));
  document.addEventListener("htmx:error", (event) => showTrouble(event.detail));
  showKeysSwitch();
  watchToasts();
})();
