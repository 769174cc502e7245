# One image for every process: bin/run names which.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gettext && rm -rf /var/lib/apt/lists/*
WORKDIR /cagette
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
ENV PATH=/venv/bin:$PATH
RUN for po in locale/*/LC_MESSAGES/*.po; do [ ! -e "$po" ] || msgfmt --check -o "${po%.po}.mo" "$po"; done \
 && DEVELOPMENT=off SITE_URL=http://localhost SECRET_KEY=only-to-collect-files-at-build-time-never-used-to-sign-anything \
    DATABASE_URL=postgresql:///build REDIS_URL=redis://build EMAIL_URL=smtp://build MAIL_FROM=build@localhost \
    python manage.py collectstatic --no-input

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --home-dir /cagette cagette \
 && install -d -o cagette -g cagette /data/media
COPY --from=build /venv /venv
COPY --from=build /cagette /cagette
WORKDIR /cagette
USER cagette
ENV PATH=/venv/bin:$PATH HOST=0.0.0.0 MEDIA_ROOT=/data/media PYTHONDONTWRITEBYTECODE=1
VOLUME /data/media
EXPOSE 8000
CMD ["bin/run", "web"]
