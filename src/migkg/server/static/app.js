// The one thing that needs a script: a wide picture is scrolled to where it starts. Everything works without.
for (const picture of document.querySelectorAll(".picture")) {
  const start = picture.querySelector('rect[fill="#18324a"]');
  if (start) {
    const box = start.getBoundingClientRect();
    const frame = picture.getBoundingClientRect();
    picture.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  }
}
