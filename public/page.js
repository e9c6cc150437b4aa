// Runs before first paint: the remembered theme, and words for a browser in which the program cannot start.
(() => {
  const root = document.documentElement;
  try {
    const asked = new URLSearchParams(location.search).get("theme") ?? localStorage.getItem("pp-theme");
    if (asked === "light" || asked === "dark") root.dataset.theme = asked;
  } catch {
    // Storage is refused: the system's theme it is.
  }
  const say = (event) => {
    const korean = root.lang === "ko";
    const reason = String(event.reason?.message ?? event.message ?? "");
    const notice = document.createElement("p");
    notice.className = "notice";
    notice.setAttribute("role", "alert");
    notice.textContent = korean
      ? `이 브라우저에서는 프로그램을 시작하지 못했습니다. SIMD를 지원하는 WebAssembly가 필요합니다: Chrome·Edge 91, Firefox 89, Safari 16.4 이상. (${reason})`
      : `The program could not start in this browser. It needs WebAssembly with SIMD: Chrome or Edge 91, Firefox 89, Safari 16.4 or newer. (${reason})`;
    document.body?.prepend(notice);
  };
  addEventListener("unhandledrejection", say);
  addEventListener("error", say);
  addEventListener("TrunkApplicationStarted", () => {
    removeEventListener("unhandledrejection", say);
    removeEventListener("error", say);
  });
})();
