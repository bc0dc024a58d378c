# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
# The program carries its own SQLite, libpq and OpenSSL; building them takes a C compiler, make and a whole perl.
# Debian's stable packages change only by security fixes, and a build that missed those would be the worse one.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches outlast the layer: after a change only Remit's own crates are compiled again.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --package remit-api --bin remit \
    && install -D target/release/remit /out/remit

FROM debian:bookworm-slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Remit" \
      org.opencontainers.image.description="A mission, the outcomes that serve it, and who answers for each: a REST service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# For outgoing TLS: webhooks, and a PostgreSQL whose certificate is verified. As to versions, see above.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 remit \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin remit \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /out/remit /usr/local/bin/remit
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV REMIT_DATABASE_URL=sqlite:/data/remit.db \
    REMIT_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["remit", "health"]
ENTRYPOINT ["remit"]
CMD ["serve"]
