"""What the commands on debtor files say, in Spanish and in English."""

from __future__ import annotations

from certsvc.cli.output import Output
from certsvc.service.debtor_files import BadFile, DebtorFile, FileFault

TEXTS: dict[str, tuple[str, str]] = {
    # import
    "reading": ("Leyendo", "Reading"),
    "checking": ("Comprobando", "Checking"),
    "rows_read": ("{rows} filas, {rate}/s", "{rows} rows, {rate}/s"),
    "waiting": (
        "Otra importación de esta institución está en curso; se espera a que termine.",
        "Another import of this agency is under way; waiting for its end.",
    ),
    "current": (
        "El archivo {id} de {agency} está vigente: {firms} empresas en {rows} filas, datos del {as_of} al {newest}.",
        "File {id} of {agency} is current: {firms} firms in {rows} rows, data of {as_of} to {newest}.",
    ),
    "would_be_current": (
        "Quedaría vigente: {firms} empresas en {rows} filas, datos del {as_of} al {newest}. No se guardó nada.",
        "It would become current: {firms} firms in {rows} rows, data of {as_of} to {newest}. Nothing was kept.",
    ),
    "turned": (
        "Cambian {turned} empresas: ya no son morosas, o lo son y estaban al día; el archivo anterior tenía {known}.",
        "{turned} firms turn: no longer barred, or barred instead of clear; the file before held {known}.",
    ),
    "window_turned": (
        "Con los archivos anteriores del mismo período (turn_window_hours) cambian {window_turned}; al comienzo había "
        "{window_known} empresas.",
        "With the files before it in the same window (turn_window_hours) {window_turned} turn; at its begin there were "
        "{window_known} firms.",
    ),
    "held": (
        "El archivo {id} de {agency} quedó RETENIDO y no responde por nadie: cambiarían demasiadas empresas a la vez. "
        "Confírmelo con la institución; luego dos personas, cada una desde su cuenta: "
        "certsvc agency files release {id}",
        "File {id} of {agency} is HELD and answers for nobody: too many firms would turn at once. "
        "Confirm it with the agency; then two persons, each from their own account: "
        "certsvc agency files release {id}",
    ),
    "would_be_held": (
        "Quedaría RETENIDO: cambiarían demasiadas empresas a la vez. No se guardó nada.",
        "It would be HELD: too many firms would turn at once. Nothing was kept.",
    ),
    "same": (
        "Nada que hacer: es el archivo {id}, importado el {imported_at} ({state}).",
        "Nothing to do: it is file {id}, imported at {imported_at} ({state}).",
    ),
    "refused": ("RECHAZADO, no se cambió nada: {what}", "REFUSED, nothing was changed: {what}"),
    "in_row": ("fila {row}: {what}", "row {row}: {what}"),
    "to_do": ("Qué hacer: {remedy}", "What to do: {remedy}"),
    # what is wrong
    "UNREADABLE": ("el archivo no se puede leer: {why}", "the file cannot be read: {why}"),
    "EMPTY": ("el archivo está vacío", "the file is empty"),
    "CUT_OFF": ("la última línea está cortada", "the last line is cut off"),
    "NOT_UTF8": ("no está en UTF-8", "it is not UTF-8"),
    "NOT_CSV": ("no es CSV", "it is no CSV"),
    "LONG_ROW": (
        "pasa de {most} bytes; quizá quedó una comilla abierta",
        "it is longer than {most} bytes; a quotation mark may be left open",
    ),
    "COLUMN_TWICE": ("hay una columna repetida", "a column occurs twice"),
    "COLUMNS_MISSING": ("faltan columnas: {columns}", "columns are missing: {columns}"),
    "WIDTH": ("tiene {found} celdas en vez de {expected}", "it has {found} cells instead of {expected}"),
    "TOO_MANY_ROWS": ("pasa de {most} filas", "it has more than {most} rows"),
    "NUMBER_FORM": ("la identificación no es de 9 a 12 dígitos", "the identifier is not 9 to 12 digits"),
    "NUMBER_KIND": (
        "la identificación no tiene la forma de ninguna clase, o tiene la de dos",
        "the identifier has the form of no kind, or of two",
    ),
    "AMOUNT": ("un monto no es un número simple", "an amount is not a plain number"),
    "DAY_FORM": ("una fecha no es AAAA-MM-DD", "a date is not YYYY-MM-DD"),
    "DAY_RANGE": ("una fecha es futura o anterior a 2000", "a date lies ahead or before 2000"),
    "NO_DATE": ("el archivo no tiene fecha", "the file has no date"),
    "TOO_FEW_FIRMS": (
        "trae {firms} empresas, menos que least_firms ({least})",
        "it holds {firms} firms, fewer than least_firms ({least})",
    ),
    "OLDER": ("es más viejo que el vigente", "it is older than the current one"),
    "SHRUNK": (
        "falta más de la mitad de los morosos, y faltar significa estar al día",
        "more than half of the debtors are gone, and absence means clear",
    ),
    # what to do about it
    "check_path": ("revise la ruta y los permisos.", "check the path and its permissions."),
    "fetch_again": (
        "traiga el archivo de nuevo; si viene igual, pida a la institución uno entero.",
        "fetch the file again; if it is the same, ask the agency for a whole one.",
    ),
    "convert": (
        "pida el archivo en UTF-8, o conviértalo: iconv -f LATIN1 -t UTF-8",
        "ask for the file in UTF-8, or convert it: iconv -f LATIN1 -t UTF-8",
    ),
    "compare_columns": (
        "compare la primera línea con el formato de la institución; si lo cambió, avise a quien mantiene certsvc.",
        "compare the first line with the agency's layout; if it has changed, tell who maintains certsvc.",
    ),
    "correct_row": (
        "pida a la institución que corrija la fila; no la corrija usted.",
        "ask the agency to correct the row; do not correct it yourself.",
    ),
    "check_day": (
        "revise la fecha de la fila, la del nombre o --as-of, y el reloj de esta máquina.",
        "check the date in the row, that of the name or --as-of, and the clock of this machine.",
    ),
    "give_day": (
        "ponga el día en el nombre, como en patronos-2026-09-30.csv, o agregue --as-of 2026-09-30. Si las filas "
        "traen fecha, el archivo no trae filas.",
        "put the day into the name, as in patronos-2026-09-30.csv, or add --as-of 2026-09-30. If rows have dates, "
        "the file has no rows.",
    ),
    "whole_file": (
        "traiga el archivo entero; si la institución confirma que son tan pocas, baje least_firms en certsvc.toml.",
        "fetch the whole file; if the agency confirms that they are so few, lower least_firms in certsvc.toml.",
    ),
    "newest_file": ("traiga el archivo más reciente.", "fetch the newest file."),
    "accept_shrink": (
        "pregunte a la institución; si lo confirma, agregue --accept-shrink.",
        "ask the agency; if it confirms that, add --accept-shrink.",
    ),
    # files
    "file": ("Archivo", "File"),
    "state": ("Estado", "State"),
    "firms": ("Empresas", "Firms"),
    "as_of": ("Datos del", "Data of"),
    "imported": ("Importado", "Imported"),
    "by": ("Por", "By"),
    "turns": ("Cambian", "Turned"),
    "released": ("Liberado por", "Released by"),
    "none": ("Ninguno.", "None."),
    "proposed": (
        "Anotado: {actor} propone liberar el archivo {id}. Falta otra persona.",
        "Noted: {actor} proposes to release file {id}. Another person must do so as well.",
    ),
    "is_released": (
        "Liberado por {first} y {second}: el archivo {id} de {agency} está vigente.",
        "Released by {first} and {second}: file {id} of {agency} is current.",
    ),
    "unknown_file": ("No existe el archivo {id}.", "There is no file {id}."),
    "one_account": (
        "Desde esta misma cuenta se propuso liberar el archivo {id}, y se necesitan dos personas. La otra debe hacerlo "
        "desde su cuenta personal; si todos trabajan con una cuenta de servicio, cree antes una por persona "
        "(deploy/README.md).",
        "The release of file {id} was proposed from this same account, and needs two persons. The other one must do so "
        "from a personal account; if all work under one service account, make one for each person first "
        "(deploy/README.md).",
    ),
    "not_held": ("El archivo {id} no está retenido ({state}).", "File {id} is not held ({state})."),
}

REMEDIES: dict[FileFault, str] = {
    FileFault.UNREADABLE: "check_path",
    FileFault.EMPTY: "fetch_again",
    FileFault.CUT_OFF: "fetch_again",
    FileFault.NOT_UTF8: "convert",
    FileFault.NOT_CSV: "fetch_again",
    FileFault.LONG_ROW: "fetch_again",
    FileFault.COLUMN_TWICE: "compare_columns",
    FileFault.COLUMNS_MISSING: "compare_columns",
    FileFault.WIDTH: "fetch_again",
    FileFault.TOO_MANY_ROWS: "fetch_again",
    FileFault.NUMBER_FORM: "correct_row",
    FileFault.NUMBER_KIND: "correct_row",
    FileFault.AMOUNT: "correct_row",
    FileFault.DAY_FORM: "correct_row",
    FileFault.DAY_RANGE: "check_day",
    FileFault.NO_DATE: "give_day",
    FileFault.TOO_FEW_FIRMS: "whole_file",
    FileFault.OLDER: "newest_file",
    FileFault.SHRUNK: "accept_shrink",
}
"""Fault -> the key of what to do about it."""


def fault_text(fault: BadFile, output: Output) -> str:
    """What is wrong, with the row if it is one."""
    what = output.text(fault.fault.name, **fault.values)
    return what if fault.row is None else output.text("in_row", row=fault.row, what=what)


def file_data(file: DebtorFile) -> dict[str, object]:
    """A version for programs; `id` is null if it was not kept."""
    return {
        "id": file.id or None,
        "agency": file.agency,
        "layout": file.layout,
        "state": file.state.value,
        "sha256": file.sha256.hex(),
        "file_day": file.file_day.isoformat() if file.file_day else None,
        "as_of": file.extent.as_of.isoformat(),
        "newest": file.extent.newest.isoformat(),
        "rows": file.extent.rows,
        "firms": file.extent.firms,
        "known": file.known,
        "turned": file.turned,
        "window_known": file.window_known,
        "window_turned": file.window_turned,
        "shrink_accepted": file.shrink_accepted,
        "note": file.note,
        "imported_by": file.imported_by,
        "imported_at": file.imported_at.isoformat(timespec="seconds"),
        "proposed_by": file.proposed_by or None,
        "released_by": file.released_by or None,
    }
