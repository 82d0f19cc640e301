// What the pages do better with a script. All of them work without it.
(() => {
  "use strict";

  const on = (event, handler) => document.addEventListener(event, handler);

  // ---- menus: Escape and a click elsewhere close them ----

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  on("click", (event) => closeMenus(event.target.closest("details.menu")));
  on("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // ---- forms ----

  // The first field with a complaint is where one goes on.
  document.querySelector("[aria-invalid=true]:is(input, select, textarea)")?.focus();

  // Where one is, for an account that is being made.
  for (const field of document.querySelectorAll("input[data-zone]")) {
    field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }

  // Enter in a field with data-enter presses that button, not the form's first one; so does a pause
  // in typing. Whatever is pressed before the pause takes along what was typed, and is not undone by
  // a search that comes behind it.
  let typed;
  on("input", (event) => {
    const button = event.target.dataset?.enter;
    if (!button) return;
    clearTimeout(typed);
    typed = setTimeout(() => document.getElementById(button)?.click(), 250);
  });
  on("click", (event) => event.target.closest("button, label") && clearTimeout(typed));
  on("keydown", (event) => {
    const button = event.key === "Enter" && event.target.dataset?.enter;
    if (!button || event.isComposing) return;
    event.preventDefault();
    document.getElementById(button)?.click();
  });

  // A form is sent once, however often its button is pressed.
  on("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-back]")) form.elements.back.value = location.pathname + location.search;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    // Nobody is told when the reader presses Stop: after a while it may be sent again.
    setTimeout(() => maySend(form), 10_000);
  });
  const maySend = (form) => {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  };
  // Back brings the page as it was left, if one may still see it.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) return location.reload();
    document.querySelectorAll("form[data-sent]").forEach(maySend);
  });

  // ---- htmx ----

  // Signed out meanwhile: the answer is another page, which a part of this one must not show.
  on("htmx:before:response", (event) => {
    const { raw } = event.detail.ctx.response;
    if (!raw.redirected && raw.status !== 401) return;
    event.preventDefault();
    // What was typed goes where it is kept until one has signed in again.
    const source = event.detail.ctx.sourceElement;
    const form = source?.closest('form[method="post"]');
    if (raw.status !== 401 || !form) return location.reload();
    // What was pressed goes along: without it this would be Save.
    const pressed = document.createElement("input");
    Object.assign(pressed, { type: "hidden", name: "act", value: source.value || "tick" });
    form.append(pressed);
    form.submit();
  });

  // Said after a moment, so that it does not flash up on a page that is being left.
  let losing;
  const sayLost = () => {
    const stack = document.querySelector("#main > .stack");
    const words = document.getElementById("lost");
    if (!stack || !words || stack.querySelector(":scope > .lost")) return;
    const notice = words.content.firstElementChild.cloneNode(true);
    notice.classList.add("lost");
    stack.prepend(notice);
  };
  const lost = () => {
    clearTimeout(losing);
    losing = setTimeout(sayLost, 800);
  };
  on("htmx:response:error", lost);
  on("htmx:error", lost);
  on("htmx:sse:error", lost);
  on("htmx:after:swap", (event) => {
    const { sourceElement, request, response } = event.detail.ctx;
    if (response && response.status >= 400) return;
    clearTimeout(losing);
    document.querySelector("#main > .stack > .lost")?.remove();
    // A search that was answered has an address of its own.
    if (sourceElement?.matches?.("[data-address]")) history.replaceState(history.state, "", request.action);
  });

  // ---- a run under way ----

  // The run has ended or was paused: title, buttons and history of the page change with it.
  on("done", (event) => {
    if (event.target.id === "run") location.reload();
  });

  // The progress is said aloud now and then, not at every mail.
  let said = 0;
  on("htmx:sse:after:message", () => {
    const now = document.getElementById("run-now");
    const aloud = document.getElementById("run-said");
    if (!now || !aloud || Date.now() - said < 10_000) return;
    said = Date.now();
    aloud.textContent = now.textContent;
  });
})();
