// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control path: xenstore keys, states, and the work that acts on them.
 *
 * xenbus calls back in one thread for all devices of the machine, so callbacks
 * only note what happened; the vif's work does it.
 *
 *	backend		frontend says		backend does
 *	InitWait	Connected		connects; Connected when the
 *						hotplug script is done
 *	Connected	Reconfiguring		reads xdp-headroom; Reconfigured
 *	any		Closing, Closed		disconnects, the same state
 *	Closed		Initialising		InitWait: from the beginning
 */
#include "netback.h"

#include <linux/module.h>
#include <linux/string.h>

struct workqueue_struct *vif_wq;

static struct vif *vif_of(const struct xenbus_device *xdev)
{
	return dev_get_drvdata(&xdev->dev);
}

static int write_features(struct vif *vif)
{
	static const struct {
		const char *key;
		unsigned int value;
	} features[] = {
		{ "feature-sg", 1 },
		{ "feature-gso-tcpv4", 1 },
		{ "feature-gso-tcpv6", 1 },
		{ "feature-ipv6-csum-offload", 1 },
		{ "feature-rx-copy", 1 },
		{ "feature-rx-flip", 0 },
		{ "feature-multicast-control", 1 },
		{ "feature-dynamic-multicast-control", 1 },
		{ "feature-xdp-headroom", 1 },
		{ "feature-split-event-channels", 1 },
		{ "feature-ctrl-ring", 1 },
	};
	const char *dir = vif->xdev->nodename;
	struct xenbus_transaction xbt;
	unsigned int i;
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			return err;
		err = xenbus_printf(xbt, dir, "multi-queue-max-queues", "%u",
				    vif->max_queues);
		for (i = 0; !err && i < ARRAY_SIZE(features); i++)
			err = xenbus_printf(xbt, dir, features[i].key, "%u",
					    features[i].value);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			return err;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
	return err;
}

static int read_caps(struct vif *vif)
{
	const char *dir = vif->xdev->otherend;
	struct vif_caps *caps = &vif->caps;

	if (!xenbus_read_unsigned(dir, "request-rx-copy", 0)) {
		xenbus_dev_fatal(vif->xdev, -EOPNOTSUPP,
				 "the frontend does not ask for rx-copy");
		return -EOPNOTSUPP;
	}
	caps->rx_notify = xenbus_read_unsigned(dir, "feature-rx-notify", 0);
	caps->sg = xenbus_read_unsigned(dir, "feature-sg", 0);
	caps->gso4 = caps->sg &&
		     xenbus_read_unsigned(dir, "feature-gso-tcpv4", 0);
	caps->gso6 = caps->sg &&
		     xenbus_read_unsigned(dir, "feature-gso-tcpv6", 0);
	caps->ip_csum =
		!xenbus_read_unsigned(dir, "feature-no-csum-offload", 0);
	caps->ipv6_csum =
		xenbus_read_unsigned(dir, "feature-ipv6-csum-offload", 0);
	return 0;
}

static void read_headroom(struct vif *vif)
{
	unsigned int bytes =
		xenbus_read_unsigned(vif->xdev->otherend, "xdp-headroom", 0);

	WRITE_ONCE(vif->xdp_headroom, min(bytes, VIF_MAX_XDP_HEADROOM));
}

static void read_mcast(struct vif *vif)
{
	WRITE_ONCE(vif->mcast_control,
		   xenbus_read_unsigned(vif->xdev->otherend,
					"request-multicast-control", 0));
}

static void read_rate(struct vif *vif)
{
	unsigned long long bytes, usec;
	char *text;

	text = xenbus_read(XBT_NIL, vif->xdev->nodename, "rate", NULL);
	if (IS_ERR(text) || sscanf(text, "%llu,%llu", &bytes, &usec) != 2)
		bytes = usec = 0;
	if (!IS_ERR(text))
		kfree(text);
	vif_set_rate(vif, bytes, usec);
}

static bool hotplug_done(struct vif *vif)
{
	char *text;
	bool done;

	text = xenbus_read(XBT_NIL, vif->xdev->nodename, "hotplug-status",
			   NULL);
	if (IS_ERR(text))
		return false;
	done = !strcmp(text, "connected");
	kfree(text);
	return done;
}

static bool is_connected(struct vif *vif)
{
	return rcu_access_pointer(vif->conn);
}

static void work_connect(struct vif *vif)
{
	struct xenbus_device *xdev = vif->xdev;

	if (!is_connected(vif)) {
		if (xdev->state != XenbusStateInitWait || read_caps(vif))
			return;
		read_headroom(vif);
		read_mcast(vif);
		if (conn_create(vif))
			return;
	}
	if (xdev->state == XenbusStateInitWait && hotplug_done(vif))
		xenbus_switch_state(xdev, XenbusStateConnected);
}

static void work_close(struct vif *vif, enum xenbus_state state)
{
	conn_destroy(vif);
	if (vif->xdev->state != state && vif->xdev->state != XenbusStateClosed)
		xenbus_switch_state(vif->xdev, state);
}

static void work_broken(struct vif *vif)
{
	conn_destroy(vif);
	xenbus_dev_fatal(vif->xdev, -EPROTO, "%s", vif->broken_why);
}

static void work_stalled(struct vif *vif)
{
	struct conn *conn = rcu_dereference_protected(vif->conn, true);
	bool stalled = false;
	unsigned int i;

	if (!conn)
		return;
	for (i = 0; i < conn->nr_queues; i++)
		stalled |= READ_ONCE(conn->queues[i].stalled);
	if (stalled != netif_carrier_ok(vif->dev))
		return;
	netdev_info(vif->dev, stalled ? "the guest does not receive\n" :
					"the guest receives again\n");
	vif_carrier(vif, !stalled);
}

static void vif_work(struct work_struct *work)
{
	struct vif *vif = container_of(work, struct vif, work);

	if (READ_ONCE(vif->gone))
		return;
	if (test_bit(VIF_BROKEN, vif->flags)) {
		if (is_connected(vif))
			work_broken(vif);
		if (vif->frontend != XenbusStateClosing &&
		    vif->frontend != XenbusStateClosed)
			return; /* until it starts over */
		clear_bit(VIF_BROKEN, vif->flags);
	}
	if (test_and_clear_bit(VIF_STALLED, vif->flags))
		work_stalled(vif);
	switch (READ_ONCE(vif->frontend)) {
	case XenbusStateInitialising:
		if (vif->xdev->state == XenbusStateClosed)
			xenbus_switch_state(vif->xdev, XenbusStateInitWait);
		break;
	case XenbusStateConnected:
	case XenbusStateReconfigured:
		work_connect(vif);
		break;
	case XenbusStateReconfiguring:
		if (!test_and_clear_bit(VIF_RECONFIGURE, vif->flags))
			break;
		read_headroom(vif);
		xenbus_switch_state(vif->xdev, XenbusStateReconfigured);
		break;
	case XenbusStateClosing:
		work_close(vif, XenbusStateClosing);
		break;
	case XenbusStateClosed:
	case XenbusStateUnknown:
		work_close(vif, XenbusStateClosed);
		break;
	default:
		break;
	}
}

static void frontend_changed(struct xenbus_device *xdev,
			     enum xenbus_state state)
{
	struct vif *vif = vif_of(xdev);

	WRITE_ONCE(vif->frontend, state);
	if (state == XenbusStateReconfiguring)
		set_bit(VIF_RECONFIGURE, vif->flags);
	queue_work(vif_wq, &vif->work);
	if ((state == XenbusStateClosed && !xenbus_dev_is_online(xdev)) ||
	    state == XenbusStateUnknown) {
		/* only this thread may unregister: xenbus does it here too */
		flush_work(&vif->work);
		device_unregister(&xdev->dev);
	}
}

static void hotplug_changed(struct xenbus_watch *watch, const char *path,
			    const char *token)
{
	struct vif *vif = container_of(watch, struct vif, hotplug_watch);

	queue_work(vif_wq, &vif->work);
}

static void rate_changed(struct xenbus_watch *watch, const char *path,
			 const char *token)
{
	read_rate(container_of(watch, struct vif, rate_watch));
}

/* The frontend writes this one, as often as it likes. */
static bool mcast_filter(struct xenbus_watch *watch, const char *path,
			 const char *token)
{
	return !watch->nr_pending;
}

static void mcast_changed(struct xenbus_watch *watch, const char *path,
			  const char *token)
{
	read_mcast(container_of(watch, struct vif, mcast_watch));
}

static void unwatch(struct xenbus_watch *watch)
{
	if (!watch->node)
		return;
	unregister_xenbus_watch(watch);
	kfree(watch->node);
	watch->node = NULL;
}

static int watch_all(struct vif *vif)
{
	struct xenbus_device *xdev = vif->xdev;
	int err;

	err = xenbus_watch_pathfmt(xdev, &vif->hotplug_watch, NULL,
				   hotplug_changed, "%s/hotplug-status",
				   xdev->nodename);
	if (!err)
		err = xenbus_watch_pathfmt(xdev, &vif->rate_watch, NULL,
					   rate_changed, "%s/rate",
					   xdev->nodename);
	if (!err)
		err = xenbus_watch_pathfmt(xdev, &vif->mcast_watch,
					   mcast_filter, mcast_changed,
					   "%s/request-multicast-control",
					   xdev->otherend);
	return err;
}

static void vif_remove(struct xenbus_device *xdev)
{
	struct vif *vif = vif_of(xdev);

	if (!vif)
		return;
	unwatch(&vif->hotplug_watch);
	unwatch(&vif->rate_watch);
	unwatch(&vif->mcast_watch);
	/* polls still ask for work: it must not run beside what comes */
	WRITE_ONCE(vif->gone, true);
	cancel_work_sync(&vif->work);
	conn_destroy(vif);
	cancel_work_sync(&vif->work); /* what the last polls had asked for */
	kobject_uevent(&xdev->dev.kobj, KOBJ_OFFLINE);
	xenbus_rm(XBT_NIL, xdev->nodename, "hotplug-status");
	dev_set_drvdata(&xdev->dev, NULL);
	vif_free(vif);
}

static int vif_probe(struct xenbus_device *xdev,
		     const struct xenbus_device_id *id)
{
	struct net_device *dev;
	unsigned int handle;
	struct vif *vif;
	int err;

	err = xenbus_scanf(XBT_NIL, xdev->nodename, "handle", "%u", &handle);
	if (err != 1) {
		xenbus_dev_fatal(xdev, -EINVAL, "reading handle");
		return -EINVAL;
	}
	dev = vif_alloc(xdev, handle);
	if (IS_ERR(dev)) {
		xenbus_dev_fatal(xdev, PTR_ERR(dev), "making vif%u.%u",
				 xdev->otherend_id, handle);
		return PTR_ERR(dev);
	}
	vif = netdev_priv(dev);
	INIT_WORK(&vif->work, vif_work);
	/* until it is told: a watch of ours may call before xenbus does */
	vif->frontend = XenbusStateInitialising;
	dev_set_drvdata(&xdev->dev, vif);
	err = write_features(vif);
	if (!err)
		err = xenbus_switch_state(xdev, XenbusStateInitWait);
	if (!err)
		err = watch_all(vif);
	if (err) {
		xenbus_dev_fatal(xdev, err, "writing %s", xdev->nodename);
		vif_remove(xdev);
		return err;
	}
	kobject_uevent(&xdev->dev.kobj, KOBJ_ONLINE);
	return 0;
}

static int vif_uevent(UEVENT_CONST struct xenbus_device *xdev,
		      struct kobj_uevent_env *env)
{
	struct vif *vif = vif_of(xdev);
	char *script;
	int err;

	script = xenbus_read(XBT_NIL, xdev->nodename, "script", NULL);
	if (!IS_ERR(script)) {
		err = add_uevent_var(env, "script=%s", script);
		kfree(script);
		if (err)
			return err;
	}
	return vif ? add_uevent_var(env, "vif=%s", vif->dev->name) : 0;
}

static const struct xenbus_device_id vif_ids[] = { { "vif" }, { "" } };

static struct xenbus_driver vif_driver = {
	.ids = vif_ids,
	.probe = vif_probe,
	.remove = vif_remove,
	.uevent = vif_uevent,
	.otherend_changed = frontend_changed,
	.allow_rebind = true,
};

int vif_register_driver(void)
{
	int err;

	vif_wq = alloc_workqueue("hospes_netback", WQ_UNBOUND, 0);
	if (!vif_wq)
		return -ENOMEM;
	err = xenbus_register_backend(&vif_driver);
	if (err)
		destroy_workqueue(vif_wq);
	return err;
}

void vif_unregister_driver(void)
{
	xenbus_unregister_driver(&vif_driver);
	destroy_workqueue(vif_wq);
}
