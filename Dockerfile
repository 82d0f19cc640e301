# syntax=docker/dockerfile:1
#
# mailapp in a container: an unprivileged user, everything in /data. See docs/operating.md.
# This file has not been built automatically yet.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches are the builder's, so the executable must leave its one.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin mailapp \
    && cp target/release/mailapp /mailapp

FROM debian:bookworm-slim
# Certificates, to check those of mail servers.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin mailapp \
    && install --directory --mode=700 --owner=mailapp --group=mailapp /data /var/cache/mailapp
COPY --from=build /mailapp /usr/local/bin/mailapp

USER 10001
WORKDIR /data
VOLUME ["/data"]
# The port is published by whoever starts the container; inside, everybody must be able to reach it.
ENV MAILAPP_DATA=/data \
    MAILAPP_ADDRESS=0.0.0.0 \
    MAILAPP_PORT=8000 \
    # How far the database got, so that a snapshot of /data that is put back is noticed. Mount a volume
    # here, on another file system than /data, to keep it when the container is made anew.
    CACHE_DIRECTORY=/var/cache/mailapp
EXPOSE 8000

# There is no HTTP client in the image; bash can speak enough of it. 503 is a database in trouble.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["bash", "-c", "exec 3<>\"/dev/tcp/127.0.0.1/${MAILAPP_PORT}\" && printf 'GET /healthz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r -t 5 _ code _ <&3 && [[ $code == 200 ]]"]

# SIGTERM lets the emails in flight finish, for 45 seconds at most: docker run --stop-timeout 60.
ENTRYPOINT ["mailapp"]
CMD ["serve"]
