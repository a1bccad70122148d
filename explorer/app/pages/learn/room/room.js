// What only rooms draw: the QR code by which a class joins, and the teacher's table of it.

import { drawClass } from "./class_table.js";
import { drawQr } from "./qr.js";

export const kinds = { qr: drawQr, class: drawClass };
