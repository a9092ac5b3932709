//! One socket at work: a reader, an executor of commands and a writer, three futures of one task.
//!
//! The reader judges size and pace, notices silence and keeps the transport answering pings; it never waits for a command.
//! The executor carries out commands in order, but hands writes to the store without waiting for the one before: what
//! arrived together is committed together. The writer takes all that waits, feeds it and flushes once. The socket ends
//! when the queue says so (then its rest is written, and the close frame), or when the client is gone. Either way the
//! commands that were taken are still carried out.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Sink, SinkExt, Stream, StreamExt, stream::FuturesOrdered};
use recado_protocol::{ClientFrame, CloseCode, ErrorCode, frame::Command};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout},
};

use super::{
    command::{Answer, Speaker},
    farewell,
    pace::{Pace, Verdict},
};
use crate::{
    App, Error,
    hub::{Batch, Ending, Queue, Surface},
};

/// Commands that were read and not yet begun.
const COMMANDS: usize = 64;
/// Writes that one socket may have with the store at once.
const IN_FLIGHT: usize = 32;
/// How long the rest may take to be written once a socket is to end.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);
/// How long a client may take to answer the close frame; until then what it still sends is read away, so that the
/// transport is not reset under the close frame.
const LINGER: Duration = Duration::from_secs(2);
/// A write that makes no progress for so long has nobody at its end.
const STALL_LIMIT: Duration = Duration::from_mins(1);
/// How long commands of a socket that has ended may take.
const WORK_LIMIT: Duration = Duration::from_secs(10);
/// A pong may take this long, or as long as the heartbeat where that is shorter.
const MAX_PONG_WAIT: Duration = Duration::from_secs(10);
const MIN_PONG_WAIT: Duration = Duration::from_secs(2);

/// Runs a socket to its end. `begin` is the executor's first work: a device socket syncs in it.
pub(super) async fn run<S, R, E, B>(app: &App, mut sink: S, mut stream: R, speaker: Speaker, begin: B)
where
    S: Sink<Message> + Unpin,
    R: Stream<Item = Result<Message, E>> + Unpin,
    E: std::fmt::Display,
    B: AsyncFnOnce(&Speaker) -> bool,
{
    let speaker = Arc::new(speaker);
    let queue = speaker.queue().clone();
    let (commands, mut read) = mpsc::channel(COMMANDS);
    let ended = {
        let mut work = pin!(async {
            let executor = async {
                if begin(&speaker).await {
                    execute(&speaker, &mut read).await;
                }
                read.close();
            };
            let read = async {
                reader(app, &mut stream, &speaker, commands).await;
                // Whatever is still carried out or written: this socket hears nothing more, and counts as gone.
                speaker.link.leave();
            };
            tokio::join!(read, executor);
        });
        let mut writer = pin!(write(&mut sink, &queue));
        tokio::select! {
            () = &mut work => {
                // The client is gone, or the queue is ending: the writer knows which.
                queue.hang_up();
                writer.await
            }
            ending = &mut writer => {
                if ending == Ending::Gone {
                    queue.hang_up();
                }
                let _: Result<(), _> = timeout(WORK_LIMIT, &mut work).await;
                ending
            }
        }
    };
    if ended != Ending::Gone {
        linger(&mut stream).await;
    }
}

/// Says why, closes, and waits a moment for the answer: for a socket that never got to work.
pub(super) async fn refuse<S, R, E>(mut sink: S, mut stream: R, code: CloseCode, error: ErrorCode)
where
    S: Sink<Message> + Unpin,
    R: Stream<Item = Result<Message, E>> + Unpin,
{
    let goodbye = async {
        sink.feed(farewell(code, error)).await?;
        sink.send(close_frame(code)).await
    };
    if let Ok(Ok(())) = timeout(CLOSE_LIMIT, goodbye).await {
        linger(&mut stream).await;
    }
}

fn close_frame(code: CloseCode) -> Message {
    Message::Close(Some(CloseFrame { code: code.code(), reason: code.reason().into() }))
}

async fn linger<R, E>(stream: &mut R)
where
    R: Stream<Item = Result<Message, E>> + Unpin,
{
    let rest = async {
        while let Some(read) = stream.next().await {
            if read.is_err() {
                // A frame too large to be read: leave it lying while the client reads what was said.
                sleep(LINGER).await;
            }
        }
    };
    let _: Result<(), _> = timeout(LINGER, rest).await;
}

/// Writes until the end; how it ended.
async fn write<S: Sink<Message> + Unpin>(sink: &mut S, queue: &Queue) -> Ending {
    loop {
        let Batch { frames, ending } = queue.next().await;
        let writing = async {
            for frame in frames {
                sink.feed(frame).await?;
            }
            match ending {
                Some(Ending::Close(code)) => sink.send(close_frame(code)).await,
                Some(Ending::Gone) => Ok(()),
                None => sink.flush().await,
            }
        };
        let too_late = async {
            // Who reads slowly gets the time to come to the word that says so; their queue is empty already.
            let slow = queue.ending().await == Ending::Close(CloseCode::TooSlow);
            sleep(if slow { STALL_LIMIT } else { CLOSE_LIMIT }).await;
        };
        let written = tokio::select! {
            written = timeout(STALL_LIMIT, writing) => matches!(written, Ok(Ok(()))),
            () = too_late => false,
        };
        match ending {
            _ if !written => return Ending::Gone,
            Some(ending) => return ending,
            None => {}
        }
    }
}

/// tungstenite's word for a frame whose header says more than may be read; axum wraps its error type away.
pub(super) fn is_too_large(error: &impl std::fmt::Display) -> bool {
    error.to_string().contains("too long") || error.to_string().contains("Space limit exceeded")
}

async fn reader<R, E>(app: &App, stream: &mut R, speaker: &Speaker, commands: mpsc::Sender<ClientFrame>)
where
    R: Stream<Item = Result<Message, E>> + Unpin,
    E: std::fmt::Display,
{
    let queue = speaker.queue();
    let heartbeat = Duration::from_millis(app.heartbeat_ms.max(1));
    let pong_wait = heartbeat.clamp(MIN_PONG_WAIT, MAX_PONG_WAIT);
    let mut beat = interval_at(Instant::now() + heartbeat, heartbeat);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pace = Pace::new(app.limits, app.rate_limit, Instant::now());
    // Whether the last heartbeat was answered.
    let mut ponged = false;
    // Until when something must be heard.
    let mut deadline: Option<Instant> = None;
    // Read, and waiting for the executor; nothing more is read meanwhile, and silence is not the client's.
    let mut pending: Option<ClientFrame> = None;
    loop {
        tokio::select! {
            _ = queue.ending() => return,
            permit = commands.reserve(), if pending.is_some() => match (permit, pending.take()) {
                (Ok(permit), Some(frame)) => permit.send(frame),
                _ => return,
            },
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() && pending.is_none() => {
                queue.close(CloseCode::NoPong, None);
                return;
            }
            _ = beat.tick() => {
                let asked = match speaker.surface() {
                    Surface::Device => speaker.link.heartbeat(std::mem::take(&mut ponged)).await,
                    Surface::Room(_) => {
                        queue.answer(Message::Ping(bytes::Bytes::new()));
                        true
                    }
                };
                if asked {
                    deadline.get_or_insert(Instant::now() + pong_wait);
                }
            }
            message = stream.next(), if pending.is_none() => {
                let text = match message {
                    Some(Ok(Message::Text(text))) => text,
                    Some(Ok(Message::Binary(_))) => {
                        queue.close(
                            CloseCode::NotTheProtocol,
                            Some(farewell(CloseCode::NotTheProtocol, ErrorCode::InvalidRequest)),
                        );
                        return;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                        // A device answers with a frame of its own: there the transport's word proves too little.
                        if speaker.surface() != Surface::Device {
                            deadline = None;
                        }
                        continue;
                    }
                    Some(Err(error)) if is_too_large(&error) => {
                        too_large(queue);
                        return;
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                };
                deadline = None;
                if text.len() > app.limits.max_frame_bytes as usize {
                    too_large(queue);
                    return;
                }
                match pace.judge(Instant::now()) {
                    Verdict::Pass => match ClientFrame::parse(&text) {
                        Ok(frame) => {
                            ponged |= frame.command == Command::Pong;
                            pending = speaker.take(frame);
                        }
                        Err(error) => speaker.refuse(&error.head, &Error::invalid("frame", error.message)),
                    },
                    Verdict::Refuse(wait) => {
                        let head = ClientFrame::parse(&text).map_or_else(|error| error.head, |frame| frame.head);
                        speaker.refuse(&head, &Error::rate_limited(wait));
                    }
                    Verdict::Close => {
                        queue.close(
                            CloseCode::TooManyFrames,
                            Some(farewell(CloseCode::TooManyFrames, ErrorCode::RateLimited)),
                        );
                        return;
                    }
                }
            }
        }
    }
}

fn too_large(queue: &Queue) {
    queue.close(CloseCode::FrameTooLarge, Some(farewell(CloseCode::FrameTooLarge, ErrorCode::TooLarge)));
}

/// Carries out commands in order. Writes go to the store one behind the other without waiting for answers; anything else
/// waits for those before it.
async fn execute(speaker: &Arc<Speaker>, commands: &mut mpsc::Receiver<ClientFrame>) {
    let mut running: FuturesOrdered<std::pin::Pin<Box<dyn Future<Output = Answer> + Send>>> = FuturesOrdered::new();
    loop {
        tokio::select! {
            biased;
            Some(answer) = running.next(), if !running.is_empty() => speaker.answer(answer),
            frame = commands.recv(), if running.len() < IN_FLIGHT => {
                let Some(frame) = frame else { break };
                if Speaker::is_write(&frame.command) {
                    let speaker = speaker.clone();
                    let mut write: std::pin::Pin<Box<dyn Future<Output = Answer> + Send>> =
                        Box::pin(async move { speaker.write(frame).await });
                    // Begun at once: its place in the store's queue is its place here.
                    let begun = poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx))).await;
                    running.push_back(match begun {
                        Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
                        Poll::Pending => write,
                    });
                } else {
                    while let Some(answer) = running.next().await {
                        speaker.answer(answer);
                    }
                    let answer = speaker.attend(frame).await;
                    speaker.answer(answer);
                }
            }
        }
    }
    while let Some(answer) = running.next().await {
        speaker.answer(answer);
    }
}
