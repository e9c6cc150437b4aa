// Runs before first paint: the remembered theme, and words where the program does not start.
//
// A classic script in old syntax, because it must run where nothing else does: in a browser without modules or WebAssembly, in a frame whose
// sandbox makes every module foreign, on a page whose program did not arrive. Once the program runs it speaks for itself.
(function () {
  "use strict";
  var root = document.documentElement;
  // A slow connection takes this long; then the visitor hears that something is still awaited.
  var PATIENCE_MS = 20000;

  function asked(key) {
    var found = new RegExp("[?&]" + key + "=([^&]*)").exec(location.search);
    return found ? found[1] : null;
  }

  var theme = asked("theme");
  if (theme === null) {
    try {
      theme = localStorage.getItem("pp-theme");
    } catch (refused) {
      // Storage is refused: the system's theme it is.
    }
  }
  if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);

  var WORDS = {
    en: {
      sandbox:
        "This frame keeps the widget from running. It is in a sandbox without allow-same-origin, so the browser treats the widget’s own files as another site’s. Whoever writes the page around it must allow both: sandbox=\"allow-scripts allow-same-origin\". Or open the widget itself: {address}",
      file: "The program cannot start from a file on disk. Serve the folder with a web server and open its address.",
      browser:
        "The program could not start in this browser. It needs WebAssembly with SIMD: Chrome or Edge 91, Firefox 89, Safari 16.4 or newer.",
      load: "A part of the program could not be loaded: {reason}. Check the connection and reload the page.",
      start: "The program could not start: {reason}. Reload the page.",
      slow: "Still loading. On a slow connection this takes a while; if nothing comes, reload the page."
    },
    ko: {
      sandbox:
        "이 프레임에서는 위젯을 실행할 수 없습니다. sandbox에 allow-same-origin이 없어서 브라우저가 위젯의 파일을 다른 사이트의 파일로 봅니다. 이 프레임을 넣은 페이지에서 둘 다 허용해야 합니다: sandbox=\"allow-scripts allow-same-origin\". 또는 위젯을 직접 여세요: {address}",
      file: "디스크에 있는 파일로는 프로그램을 시작할 수 없습니다. 폴더를 웹 서버로 열고 그 주소로 들어오세요.",
      browser:
        "이 브라우저에서는 프로그램을 시작하지 못했습니다. SIMD를 지원하는 WebAssembly가 필요합니다: Chrome·Edge 91, Firefox 89, Safari 16.4 이상.",
      load: "프로그램의 일부를 불러오지 못했습니다: {reason}. 연결을 확인하고 페이지를 새로 고치세요.",
      start: "프로그램을 시작하지 못했습니다: {reason}. 페이지를 새로 고치세요.",
      slow: "아직 불러오는 중입니다. 연결이 느리면 시간이 걸립니다. 계속 나타나지 않으면 페이지를 새로 고치세요."
    }
  };

  function words(name, reason) {
    // An embed's address is the same in both languages.
    var language = /\/embed\//.test(location.pathname) && asked("lang") !== null ? asked("lang") : root.lang;
    var text = (/^ko/.test(language) ? WORDS.ko : WORDS.en)[name];
    return text.replace("{reason}", reason || "?").replace("{address}", location.href);
  }

  var notice = null;
  var ended = false;

  function remove() {
    if (notice && notice.parentNode) notice.parentNode.removeChild(notice);
    notice = null;
  }

  /** Words at the head of the page. What ends the wait takes away the word that something is coming. */
  function say(name, reason, ends) {
    if (ended) return;
    ended = ends;
    if (!document.body) {
      document.addEventListener("DOMContentLoaded", function () {
        ended = false;
        say(name, reason, ends);
      });
      return;
    }
    remove();
    notice = document.createElement("p");
    notice.className = "notice";
    notice.setAttribute("role", ends ? "alert" : "status");
    notice.setAttribute("data-testid", "start-" + name);
    notice.textContent = words(name, reason);
    document.body.insertBefore(notice, document.body.firstChild);
    if (!ends) return;
    var places = document.querySelectorAll(".stage-place");
    for (var i = 0; i < places.length; i += 1) {
      places[i].removeAttribute("aria-busy");
      var loading = places[i].querySelector(".loading");
      if (loading) loading.parentNode.removeChild(loading);
    }
  }

  /** Modules, WebAssembly, and in it the instructions that the program is compiled to: one module that adds vectors. */
  function isSupported() {
    if (!("noModule" in HTMLScriptElement.prototype) || typeof WebAssembly !== "object") return false;
    var simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
    return WebAssembly.validate(new Uint8Array(simd));
  }

  function failed(event) {
    var target = event.target;
    // A style sheet or picture that is missing ends nothing.
    if (target && target.tagName && target.tagName !== "SCRIPT") return;
    var error = event.reason || event.error;
    var reason = String((error && error.message) || event.message || "");
    if (target && target.tagName === "SCRIPT") return say("load", String(target.src).split("/").pop(), true);
    if (/fetch|load|network|import/i.test(reason)) return say("load", reason, true);
    say("start", reason, true);
  }

  if (location.protocol === "file:") {
    say("file", "", true);
  } else if (self.origin === "null") {
    say("sandbox", "", true);
  } else if (!isSupported()) {
    say("browser", "", true);
  }
  // Loading errors do not bubble: they are heard on the way down.
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", failed);
  var waiting = setTimeout(function () {
    say("slow", "", false);
  }, PATIENCE_MS);
  addEventListener("TrunkApplicationStarted", function () {
    clearTimeout(waiting);
    removeEventListener("error", failed, true);
    removeEventListener("unhandledrejection", failed);
    // In a sandbox the program may start where its files are open to all, but it gets no worker: those words stay.
    if (self.origin !== "null") remove();
    ended = true;
  });
})();
