import { expect, type Page } from "@playwright/test";

/** Nothing in the widget reaches beyond the box that it stands in, unless that box scrolls or the part is placed there on purpose. */
export async function expectWithinFrames(page: Page): Promise<void> {
  const over = await page.evaluate(() => {
    const scrolls = (element: Element) => /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
    const isFree = (element: Element) => {
      const style = getComputedStyle(element);
      return style.position === "absolute" || style.visibility === "hidden" || (element.closest("svg") !== null && element.tagName !== "svg");
    };
    const isInside = (element: Element) => {
      for (let box = element.parentElement; box && !box.classList.contains("widget"); box = box.parentElement) if (scrolls(box)) return true;
      return false;
    };
    return [...document.querySelectorAll(".widget *")].flatMap((element) => {
      const [own, frame] = [element, element.parentElement!].map((box) => box.getBoundingClientRect());
      const isOver = own!.width > 0 && frame!.width > 0 && own!.right > frame!.right + 1;
      if (!isOver || isFree(element) || isInside(element)) return [];
      return [`${element.tagName}.${element.className} ends at ${Math.round(own!.right)}, its frame at ${Math.round(frame!.right)}`];
    });
  });
  expect(over).toEqual([]);
}
