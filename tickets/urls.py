"""Addresses of a person's tickets."""

from django.urls import path

from tickets import views

app_name = "tickets"

urlpatterns = [
    path("", views.mine, name="list"),
    path("new/", views.new, name="new"),
    path("<int:number>/", views.detail, name="detail"),
    path("<int:number>/news/", views.news, name="news"),
    path("<int:number>/comment/", views.comment, name="comment"),
]
