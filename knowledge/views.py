"""The public help centre. Every page works without JavaScript; htmx only saves the reload."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts import campus
from accounts.http import Request
from knowledge import browsing, outline, rating
from knowledge.forms import RatingForm, SearchForm
from knowledge.models import Article

UNPROCESSABLE = 422
SUGGESTIONS_AT_MOST = 5
FRAGMENTS = {"suggestions", "results"}

# The pages differ by reader, so no shared cache may keep them, and Back shows them afresh.
for_this_reader = cache_control(private=True, no_cache=True)


@require_safe
@for_this_reader
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "form": SearchForm(),
        "categories": browsing.categories(request.user),
        "popular": browsing.popular(request.user),
    }
    return render(request, "knowledge/home.html", context)


@require_safe
@for_this_reader
@vary_on_headers("HX-Request", "HX-Target")
def search(request: Request) -> HttpResponse:
    """The results as a page, or for htmx the part it asks for: suggestions or results."""
    form = SearchForm(request.GET)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    context = {
        "form": form,
        "query": query,
        "found": browsing.find(query, request.user) if query else [],
        "categories": browsing.categories(request.user),
        "most": SUGGESTIONS_AT_MOST,
    }
    return render(
        request,
        f"knowledge/search.html{_fragment(request)}",
        context,
        status=200 if form.is_valid() else UNPROCESSABLE,
    )


@require_safe
@for_this_reader
def category(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = get_object_or_404(browsing.categories(request.user), slug=slug)
    cards = browsing.in_category(shelf, request.user)
    return render(request, "knowledge/category.html", {"category": shelf, "cards": cards})


@require_safe
@for_this_reader
@vary_on_headers("User-Agent")
def article(request: HttpRequest, slug: str) -> HttpResponse:
    return _draw(request, _readable(request, slug), RatingForm())


@require_POST
def rate(request: Request, slug: str) -> HttpResponse:
    """Take the answer to "did this solve it?", given once per reader and changed by the next."""
    rated = _readable(request, slug)
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _draw(request, rated, form)
    rating.rate(
        rated,
        by=_rater(request),
        is_helpful=form.cleaned_data["helpful"],
        note=form.cleaned_data["note"],
    )
    if request.htmx:
        return _draw(request, rated, RatingForm())
    return HttpResponseRedirect(f"{rated.get_absolute_url()}#helpful")


def _readable(request: HttpRequest, slug: str) -> Article:
    readable = Article.objects.visible_to(request.user).select_related("category")
    return get_object_or_404(readable, slug=slug)


def _draw(request: HttpRequest, shown: Article, form: RatingForm) -> HttpResponse:
    """The article's page, or for htmx its question "did this solve it?"."""
    rater = rating.rater_of(request.user, request.session.session_key)
    context: dict[str, Any] = {
        "article": shown,
        "form": form,
        "given": rating.given(shown, by=rater),
    }
    status = UNPROCESSABLE if form.errors else 200
    if getattr(request, "htmx", False) and request.method == "POST":
        return render(request, "knowledge/article.html#helpful", context, status=status)
    context |= {
        "title": campus.fill_in(shown.title),
        "summary": campus.fill_in(shown.summary),
        "outline": outline.read(shown.body, system=_system(request)),
        "minutes": outline.minutes(shown.body),
        "related": browsing.related(shown, request.user),
    }
    return render(request, "knowledge/article.html", context, status=status)


def _system(request: HttpRequest) -> str:
    """The device whose tab is open: the one asked for, else the reader's own."""
    return request.GET.get("system") or outline.system_of(request.headers.get("User-Agent", ""))


def _rater(request: HttpRequest) -> rating.Rater:
    """Who answers; a guest gets a session, or one answer could not be told from the next."""
    if not request.user.is_authenticated and request.session.session_key is None:
        request.session.create()
    rater = rating.rater_of(request.user, request.session.session_key)
    assert rater is not None
    return rater


def _fragment(request: Request) -> str:
    """The part of the search page that htmx wants to swap; "" for the page."""
    target = (request.htmx.target or "").rpartition("#")[2]
    return f"#{target}" if request.htmx and target in FRAGMENTS else ""
