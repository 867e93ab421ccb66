namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>Why an envelope was not opened. Each is counted by itself.</summary>
public enum EnvelopeRefusal
{
    /// <summary>Larger than a frame may be; it was not read.</summary>
    Oversize,

    /// <summary>Not an envelope, or one that is not in the one form that it has.</summary>
    Malformed,

    /// <summary>Of a version of the wire that this program does not speak.</summary>
    UnsupportedVersion,

    /// <summary>Of another federation.</summary>
    OtherFederation,

    /// <summary>For somebody else.</summary>
    OtherRecipient,

    /// <summary>Signed by a key that is not certified, no longer valid, or revoked.</summary>
    UnknownSender,

    /// <summary>The sender's certificate is not for the address that it speaks for.</summary>
    WrongRole,

    /// <summary>The signature does not fit: something was changed, or somebody else wrote it.</summary>
    BadSignature,

    /// <summary>Its content was not encrypted for this node's key, or does not open.</summary>
    Unreadable,

    /// <summary>A sender of this role may not say this to a recipient of that.</summary>
    NotAllowed,

    /// <summary>The content is of a kind or version that this program does not know.</summary>
    UnknownContent,

    /// <summary>The content is damaged, or contradicts its envelope.</summary>
    BadContent,

    /// <summary>A piece of a blob that was changed on its way, or is another's: it does not open under the key that the source has told.</summary>
    DamagedPiece,
}
