namespace Fed.TestKit;

/// <summary>
/// Everything that a simulated federation lets go wrong. Each kind has its own switch in a scenario, its own stream of choices and its own row in the table of faults by phase. The number
/// seeds the stream, so it is never used again for another kind.
/// </summary>
public enum FaultKind
{
    /// <summary>A message is lost.</summary>
    Loss = 0,

    /// <summary>A message is on its way for long: others, of all senders, overtake it.</summary>
    Delay = 1,

    /// <summary>A message of a pair overtakes another of the same pair.</summary>
    Reordering = 2,

    /// <summary>A message arrives twice.</summary>
    Duplication = 3,

    /// <summary>A node is cut off in both directions, until it is healed.</summary>
    Partition = 4,

    /// <summary>A node is cut off in one direction, until it is healed.</summary>
    OneWayPartition = 5,

    /// <summary>A message of long ago arrives once more: late and repeated updates of older attempts among them.</summary>
    Replay = 6,

    /// <summary>A node's mailbox is full and drops what comes.</summary>
    MailboxOverflow = 7,

    /// <summary>A process dies between two steps and is started again later.</summary>
    Crash = 8,

    /// <summary>A process dies when its events are on disk and nobody has heard of them: between append and effect.</summary>
    CrashAfterAppend = 9,

    /// <summary>A process dies while it appends: the record on disk is torn, missing or whole.</summary>
    TornAppend = 10,

    /// <summary>A process stands still, and wakes up with what it was about to do.</summary>
    Pause = 11,

    /// <summary>A wall clock jumps, forwards or backwards.</summary>
    ClockJump = 12,

    /// <summary>A wall clock is wrong from the start of its process.</summary>
    ClockSkew = 13,

    /// <summary>A disk takes long.</summary>
    SlowDisk = 14,

    /// <summary>A disk fails once, and with it the process on it.</summary>
    DiskFailure = 15,

    /// <summary>A disk is full, until somebody frees some space.</summary>
    FullDisk = 16,

    /// <summary>A second live leader takes the log: the next append of the first is a conflict, or fenced off.</summary>
    SecondLeader = 17,

    /// <summary>A process reaches its peers and not its database.</summary>
    DatabaseCut = 18,

    /// <summary>A site takes longer than the round's deadline.</summary>
    Straggler = 19,

    /// <summary>A site's computation gives no number.</summary>
    NotANumber = 20,

    /// <summary>A site says that it cannot contribute.</summary>
    Declined = 21,

    /// <summary>A site offers an update of another schema.</summary>
    WrongSchema = 22,

    /// <summary>A site offers an update under another round.</summary>
    WrongRound = 23,

    /// <summary>A site offers an update under another attempt.</summary>
    WrongAttempt = 24,

    /// <summary>A site offers an update computed from another base or under another plan.</summary>
    WrongBase = 25,

    /// <summary>A site's outbox hands out other bytes than its manifest names.</summary>
    WrongBytes = 26,

    /// <summary>A site leaves for good.</summary>
    SiteLeaves = 27,

    /// <summary>Somebody in no roster speaks, in a site's name or in its own.</summary>
    Stranger = 28,

    /// <summary>A site comes back with another key.</summary>
    ChangedKey = 29,

    /// <summary>The broker delivers once more what was handled: the acknowledgement was lost.</summary>
    Redelivery = 30,

    /// <summary>The broker puts unacknowledged messages back, behind younger ones.</summary>
    Requeue = 31,

    /// <summary>A queue gets another active consumer, while the one before goes on sending.</summary>
    HandOver = 32,

    /// <summary>A publish reaches no queue and is confirmed all the same.</summary>
    Unroutable = 33,

    /// <summary>A journal answers an append with a conflict, as if another writer had been there, though nobody was.</summary>
    AppendConflict = 34,

    /// <summary>A process loses its connection with the broker: what it had not acknowledged comes again, what was not confirmed has arrived or not.</summary>
    ConnectionLoss = 35,

    /// <summary>The broker restarts.</summary>
    BrokerRestart = 36,

    /// <summary>A machine stops in the middle of writing blobs.</summary>
    TornWork = 37,

    /// <summary>A lying coordinator puts keys of its own in the place of sites' in the list of public keys.</summary>
    SubstitutedKey = 38,

    /// <summary>A lying coordinator shows some sites other members, other maskers or other contributors than the rest.</summary>
    SplitView = 39,

    /// <summary>A lying coordinator shows a list of one site, or of fewer than hide one another, as the sum.</summary>
    SmallSum = 40,

    /// <summary>A lying coordinator asks for shares of the other secret of a site whose one secret it was given.</summary>
    BothShares = 41,

    /// <summary>A lying coordinator asks for a second list of contributors to be confirmed and opened.</summary>
    SecondList = 42,

    /// <summary>A lying coordinator claims that an attempt failed, and leads another one with a site fewer.</summary>
    RogueRetry = 43,

    /// <summary>A lying coordinator gives some sites another model than the rest.</summary>
    OtherModel = 44,

    /// <summary>A lying coordinator asks with what was said in an older attempt, under the present one's name.</summary>
    OldPhase = 45,

    /// <summary>A site's secret store comes back as an older copy of itself.</summary>
    RestoredSecrets = 46,

    /// <summary>A site seals shares that some of the others cannot read.</summary>
    BadDeal = 47,

    /// <summary>A site releases a share that is none.</summary>
    BadShare = 48,

    /// <summary>A site's journal, blobs and secrets come back together as an older copy: its whole data directory.</summary>
    RestoredSite = 49,

    /// <summary>A lying aggregator says that a sum is sealed over fewer contributions than suffice, or over one that its site never signed.</summary>
    FalseSeal = 50,

    /// <summary>A lying aggregator adds numbers of its own to a sum.</summary>
    WrongSum = 51,

    /// <summary>A lying aggregator leaves a listed vector out of the sum.</summary>
    LeftOut = 52,

    /// <summary>A lying aggregator adds a listed vector twice.</summary>
    CountedTwice = 53,

    /// <summary>A lying aggregator gives out an older sum as the present one.</summary>
    OldSum = 54,

    /// <summary>A lying server has ciphertexts of its own choice opened as the sum.</summary>
    ChosenSum = 55,

    /// <summary>A lying coordinator asks for shares of one sum with another set of openers.</summary>
    SecondOpeners = 56,

    /// <summary>A lying job tells a site other answers of others in the making of a key than the rest.</summary>
    OtherKey = 57,

    /// <summary>A site in league with a lying server contributes what it has not encrypted: made of others' ciphertexts of an earlier attempt, or numbers of the server's choice.</summary>
    ForeignInput = 58,
}
