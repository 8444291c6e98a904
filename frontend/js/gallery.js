// All pictures of a place, full screen. Without this file each picture is a plain link to its large version.
function step(box, by) {
  const track = box.querySelector(".lightbox-track");
  const at = Math.round(track.scrollLeft / track.clientWidth);
  const last = track.children.length - 1;
  track.scrollTo({ left: Math.min(last, Math.max(0, at + by)) * track.clientWidth, behavior: "smooth" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-picture]");
  if (link) {
    const box = document.getElementById(link.dataset.gallery);
    event.preventDefault();
    box.showModal();
    const track = box.querySelector(".lightbox-track");
    track.scrollTo({ left: Number(link.dataset.picture) * track.clientWidth, behavior: "instant" });
  }
  const button = event.target.closest?.("[data-step]");
  if (button) step(button.closest("dialog"), Number(button.dataset.step));
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("dialog.lightbox[open]");
  if (box && event.key === "ArrowRight") step(box, 1);
  if (box && event.key === "ArrowLeft") step(box, -1);
});

document.addEventListener(
  "scroll",
  (event) => {
    if (!event.target.matches?.(".lightbox-track")) return;
    const at = Math.round(event.target.scrollLeft / event.target.clientWidth) + 1;
    const place = event.target.closest("dialog").querySelector("[data-place]");
    place.textContent = `${at} / ${event.target.children.length}`;
  },
  { capture: true, passive: true },
);
