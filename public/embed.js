// For pages that embed a widget: gives every marked iframe its height and passes its events on.
// <iframe src=".../embed/bits?lang=en" data-precision-playground></iframe>
// iframe.addEventListener("pp:answer", (event) => console.log(event.detail));
(() => {
  const site = new URL(document.currentScript.src).origin;
  const frames = () => document.querySelectorAll("iframe[data-precision-playground]");
  addEventListener("message", (event) => {
    if (event.origin !== site || event.data?.pp !== 1) return;
    for (const frame of frames()) {
      if (frame.contentWindow !== event.source) continue;
      const { type, height_px } = event.data;
      if (type === "resize" && height_px > 0 && height_px < 20000) frame.style.height = `${height_px}px`;
      frame.dispatchEvent(new CustomEvent(`pp:${type}`, { detail: event.data, bubbles: true }));
    }
  });
})();
