// photo.js - a photo with a dark disc, stored as cameras store it: as the sensor lies, with EXIF beside it that says how to turn it.
// And where on a screenshot are dark pixels, where is heat?
export const seen = { width: 300, height: 200, x: 75, y: 60, radius: 22 }; // as a person sees it

// PNG or JPEG of grain on grey, drawn in the browser; turn: of the canvas before the picture is drawn into it.
async function draw(page, { disc, number, type, turned }) {
  const text = await page.evaluate(async ([photo, withDisc, seed, mime, steps]) => {
    const side = steps % 2 === 1, canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = side ? photo.height : photo.width;
    canvas.height = side ? photo.width : photo.height;
    pen.translate(canvas.width / 2, canvas.height / 2);
    pen.rotate(-steps * Math.PI / 2);
    pen.translate(-photo.width / 2, -photo.height / 2);
    let state = seed;
    for (let y = 0; y < photo.height; y += 4)
      for (let x = 0; x < photo.width; x += 4) {
        state = (state * 1103515245 + 12345) % 2147483648;
        const grey = 170 + state % 40;
        pen.fillStyle = `rgb(${grey},${grey},${grey})`;
        pen.fillRect(x, y, 4, 4);
      }
    if (withDisc) {
      pen.fillStyle = "#181818";
      pen.beginPath();
      pen.arc(photo.x, photo.y, photo.radius, 0, 7);
      pen.fill();
    }
    return canvas.toDataURL(mime, 0.95).split(",")[1];
  }, [seen, disc, number, type, turned]);
  return Buffer.from(text, "base64");
}

// A JPEG with EXIF's orientation in an APP1 segment behind its first two bytes.
function withOrientation(jpeg, orientation) {
  const exif = Buffer.concat([Buffer.from("Exif\0\0MM\0*", "latin1"), Buffer.from([0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0])]);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif, jpeg.subarray(2)]);
}

const quarters = { 1: 0, 6: 1, 3: 2, 8: 3 }; // to the left, from what is seen to what is stored

export const photo = async (page, orientation) =>
  withOrientation(await draw(page, { disc: true, number: 7, type: "image/jpeg", turned: quarters[orientation] }), orientation);
export const plain = (page, number) => draw(page, { disc: false, number, type: "image/png", turned: 0 });

// Centres of the dark and of the hottest pixels (yellow) of a PNG, in shares of the picture that lies in its middle as large as it fits.
export async function places(page, png) {
  return page.evaluate(async ([text, aspect]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${text}`;
    await image.decode();
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = image.width;
    canvas.height = image.height;
    pen.drawImage(image, 0, 0);
    const width = Math.min(image.width, image.height * aspect), height = width / aspect;
    const left = Math.round((image.width - width) / 2), top = Math.round((image.height - height) / 2);
    const { data } = pen.getImageData(left, top, Math.floor(width), Math.floor(height));
    const sums = { dark: [0, 0, 0], hot: [0, 0, 0] };
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = data.subarray(i, i + 3), p = i / 4, w = Math.floor(width);
      const found = r > 110 && g > 0.85 * r && b < 0.85 * r ? "hot" : r < 70 && g < 70 && b < 70 ? "dark" : null;
      if (found)
        [p % w, Math.floor(p / w), 1].forEach((value, k) => { sums[found][k] += value; });
    }
    const centre = ([x, y, n]) => ({ x: x / n / width, y: y / n / height, n });
    return { dark: centre(sums.dark), hot: centre(sums.hot) };
  }, [png.toString("base64"), seen.width / seen.height]);
}
