// What a classroom needs beside the figures: the head of a presentation, questions, the worksheet.

import { drawPresent } from "./present.js";
import { drawQuiz } from "./quiz.js";
import { drawSheet } from "./sheet.js";

export const kinds = { present: drawPresent, quiz: drawQuiz, sheet: drawSheet };
