"""The frame around every page: header, navigation, what all pages share; and the Dash app itself."""

import inspect
import re
from pathlib import Path
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, clientside_callback, dcc, hooks, html
from fastapi import FastAPI

from app.cases import Identity
from dashboards import acting, context, live, notices, tying
from dashboards.browser import clientside
from dashboards.context import Context
from dashboards.guard import allowed
from dashboards.pages import PAGES
from dashboards.parts import Piece, aria, icon

HERE = Path(__file__).parent
BRAND = ["#eef2fc", "#dbe3f8", "#b6c6f0", "#8ea8e8", "#6d8ee2", "#557ddd", "#4470d8", "#2f5bc4", "#254fae", "#1b4396"]
THEME = {
    "colors": {"brand": BRAND},
    "primaryColor": "brand",
    "primaryShade": 7,
    "fontFamily": "Inter Variable, system-ui, sans-serif",
    "headings": {"fontFamily": "Inter Variable, system-ui, sans-serif"},
    "defaultRadius": "md",
}


def build(server: FastAPI, given: Context) -> Dash:
    """The Dash app on `server`. Build it after the routers of API and ingest: it answers every GET that is left."""
    context.use(given)
    ours: Any = server  # Dash types this as Flask's
    app = Dash(
        "orderscope",
        server=ours,
        use_pages=True,
        pages_folder="",
        use_async=True,
        suppress_callback_exceptions=True,
        update_title="",
        title="Orderscope",
        on_error=notices.failed,
        assets_folder=str(HERE / "assets"),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    index_page()
    for page in PAGES:
        page.register()
    acting.register()
    tying.register()
    live.register()
    shell_callbacks()
    app.layout = layout
    return app


async def warm(app: Dash) -> None:
    """Register the router of the pages now, so that a deep link works as the very first request; call it at start."""
    backend: Any = app.backend
    for func in backend._before_request_funcs:
        answer = func()
        if inspect.isawaitable(answer):
            await answer


def index_page() -> None:
    """The HTML around the app: its language, its icon, the colour scheme before anything is drawn."""
    if getattr(index_page, "done", False):
        return
    dmc.pre_render_color_scheme()

    hook: Any = hooks.index(final=True)

    @hook  # type: ignore[untyped-decorator]
    def finish(page: str) -> str:
        mark = '<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">'
        own = re.sub(r'<link rel="icon"[^>]*>', mark, page, count=1)
        return own.replace("<html", '<html lang="en"', 1)

    index_page.done = True  # type: ignore[attr-defined]


def layout() -> Piece:
    """The shell for the person of this request. Dash does not await this one; it asks no store, so it blocks nothing."""
    who = context.here().whoami()
    frame = dmc.AppShell(
        [
            dmc.AppShellHeader(header(who)),
            dmc.AppShellNavbar([navigation(who)], p="sm"),
            dmc.AppShellMain(html.Main(dash.page_container, id="main", tabIndex=-1)),
        ],
        id="frame",
        header={"height": 56},
        navbar={"width": 220, "breakpoint": "sm", "collapsed": {"mobile": True}},
        padding="md",
    )
    shared = [
        dmc.NotificationContainer(id="notes", position="bottom-right"),
        acting.dialogue(),
        tying.dialogue(),
        *live.stores(),
    ]
    skip = html.A("Skip to the content", href="#main", className="skip")
    return dmc.MantineProvider([skip, frame, *shared], theme=THEME, defaultColorScheme="auto")


def header(who: Identity | None) -> Piece:
    """Logo, search, freshness, help, colour scheme, person."""
    burger = dmc.Burger(id="burger", size="sm", hiddenFrom="sm", opened=False, **aria(label="Menu"))
    logo = dcc.Link(
        [html.Span(className="logo-mark"), html.Span("Orderscope", className="wordmark")], href="/", className="logo"
    )
    toggle = dmc.ColorSchemeToggle(
        lightIcon=icon("moon"),
        darkIcon=icon("sun"),
        variant="subtle",
        color="gray",
        size="lg",
        **aria(label="Light or dark"),
    )
    end = [freshness(), help_link(), toggle, person_menu(who)]
    return html.Div(
        [
            html.Div([burger, logo], className="head-start"),
            html.Div(search_box("search"), className="search-desktop"),
            html.Div(end, className="head-end"),
        ],
        className="head",
    )


def search_box(id: str) -> Piece:
    """The box that takes any key of an order."""
    words = "Order, PO, tracking or trace id"
    return dmc.TextInput(
        id=id, placeholder=words, leftSection=icon("search"), size="sm", **aria(label=words + " (press / to get here)")
    )


def freshness() -> Piece:
    """Whether the screen is live, in a dot and in words."""
    text = html.Span("connecting", id="live-text", className="live-text")
    return html.Span(
        [html.Span(className="dot"), text], id="live-mark", className="live", role="status", **aria(live="off")
    )


def help_link() -> Piece:
    """The way to the page's chapter of the manual."""
    return dcc.Link(
        icon("circle-question-mark"),
        href="/help/blocked",
        id="help-link",
        className="icon-button",
        title="Help on this page",
    )


def person_menu(who: Identity | None) -> Piece:
    """Name, role, sign out."""
    name = who.name if who else "Nobody"
    role = ", ".join(sorted(who.roles)) if who else "not signed in"
    out = html.Form(
        html.Button([icon("log-out"), "Sign out"], type="submit"),
        action="/sign-out",
        method="post",
        className="menu-form",
        id="sign-out",
    )
    return dmc.Menu(
        [
            dmc.MenuTarget(html.Button(initials(name), className="avatar", **aria(label=f"{name}, {role}: menu"))),
            dmc.MenuDropdown(
                [dmc.MenuLabel([html.Div(name, className="strong"), html.Div(who.title or role if who else role)]), out]
            ),
        ],
        position="bottom-end",
        width=220,
    )


def initials(name: str) -> str:
    """`Alex Costa` is `AC`, `alex@example` is `AL`."""
    parts_ = [p for p in name.replace(".", " ").replace("@", " ").split() if p]
    return ("".join(p[0] for p in parts_[:2]) if len(parts_) > 1 else name[:2]).upper() or "?"


def navigation(who: Identity | None) -> Piece:
    """The pages that this person may see."""
    shown = sorted(
        (p for p in dash.page_registry.values() if p.get("nav") and allowed(who, p["roles"])), key=lambda p: p["order"]
    )
    links = [dmc.NavLink(label=p["name"], href=p["path"], leftSection=icon(p["icon"]), active="exact") for p in shown]
    box = html.Div(search_box("search-phone"), className="search-phone", style={"marginBottom": 12})
    return html.Nav([box, *links], **aria(label="Pages"))


def shell_callbacks() -> None:
    """What the shell does by itself; nothing of it asks the server."""
    clientside_callback(
        clientside("burger"), Output("frame", "navbar"), Input("burger", "opened"), State("frame", "navbar")
    )
    clientside_callback(clientside("leave"), Output("burger", "opened"), Input("_pages_location", "pathname"))
    clientside_callback(
        clientside("leave"),
        Output("act-modal", "opened", allow_duplicate=True),
        Input("act-cancel", "n_clicks"),
        prevent_initial_call=True,
    )
    clientside_callback(clientside("help"), Output("help-link", "href"), Input("_pages_location", "pathname"))
    clientside_callback(
        clientside("version"),
        Output("version", "data"),
        Input("live", "data"),
        State("version", "data"),
        prevent_initial_call=True,
    )
    clientside_callback(
        clientside("fresh"),
        Output("live-mark", "data-state"), Output("live-text", "children"),
        Input("live", "data"), Input("minute", "n_intervals"), State("clock", "data"),
    )  # fmt: skip
